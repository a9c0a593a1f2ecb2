import { type ShallowReactive, shallowReactive } from 'vue'
import { CallFailed, Client, Live, type LiveStatus, type ResultOf } from '../../client/index.ts'
import { getMe, listOrganizations } from '../../client/generated/operations.ts'
import { chooseOrganization, type Organization } from './organization.ts'

/** Who is signed in, whose fleet this is about, and how to ask for it. */
export interface Connection {
  readonly client: Client
  readonly live: Live
  readonly user: ResultOf<NonNullable<typeof getMe.of>>
  /** To choose from; empty for users who belong to one organization and never choose. */
  readonly organizations: readonly Organization[]
}

export interface PlatformState {
  /** Undefined until it is known, and after a failure. */
  connection: Connection | undefined
  failure: CallFailed | undefined
  hasNoOrganization: boolean
  live: LiveStatus
  /** Events were missed, and that often. */
  resumed: number
}

const storageKey = 'fleetloom.organization'
export const organizationParameter = 'organization'
const retryMs = 5000

/** One for all widgets of the page: they are one library. */
export const platform: ShallowReactive<PlatformState> = shallowReactive<PlatformState>({
  connection: undefined,
  failure: undefined,
  hasNoOrganization: false,
  live: 'connecting',
  resumed: 0,
})

let opening: Promise<void> | undefined
let users = 0
let retry: number | undefined
let stopListening = (): void => undefined

/** Called by each widget that comes; the result is called when it goes, and with the last the connection ends. */
export function enterPlatform(): () => void {
  users += 1
  void openPlatform()
  return () => {
    users -= 1
    // The next page's widgets come a moment after the last one's have gone.
    setTimeout(() => {
      if (users === 0) closePlatform()
    }, 1000)
  }
}

export function openPlatform(): Promise<void> {
  if (platform.connection !== undefined) return Promise.resolve()
  opening ??= open().finally(() => (opening = undefined))
  return opening
}

/** Everything anew, for another organization. */
export function changeOrganization(id: string): void {
  localStorage.setItem(storageKey, id)
  closePlatform()
  void openPlatform()
}

function closePlatform(): void {
  clearTimeout(retry)
  stopListening()
  platform.connection?.live.close()
  platform.connection = undefined
  platform.failure = undefined
}

async function open(): Promise<void> {
  clearTimeout(retry)
  const anybody = new Client()
  try {
    const user = await anybody.call(getMe, {})
    const organizations =
      user.orgId === null || user.role === 'company-admin'
        ? await anybody.all(listOrganizations, { query: { limit: 1000 } }, { most: 10_000 })
        : []
    const organization = chooseOrganization(organizations, [
      new URLSearchParams(location.search).get(organizationParameter),
      localStorage.getItem(storageKey),
      user.orgId,
    ])
    platform.failure = undefined
    platform.hasNoOrganization = user.orgId === null && organization === undefined
    if (platform.hasNoOrganization) return
    connect(new Client({ organization }), user, organizations)
  } catch (error) {
    platform.failure = error instanceof CallFailed ? error : new CallFailed('broken', { cause: error })
    const { reason } = platform.failure
    if (reason === 'unreachable' || reason === 'broken' || reason === 'busy')
      retry = window.setTimeout(() => void openPlatform(), retryMs)
  }
}

function connect(client: Client, user: Connection['user'], organizations: readonly Organization[]): void {
  const live = new Live(client)
  let wasLost = false
  stopListening = live.onStatus((status) => {
    platform.live = status
    if (status === 'live' && wasLost) platform.resumed += 1
    wasLost = status === 'lost' || (wasLost && status !== 'live')
  })
  // Pages without anything live say whether the platform is there, too.
  live.watch([], {})
  platform.connection = { client, live, user, organizations }
}
