import { z } from 'zod'
import { createApi, PlatformError, type Answer, type Api } from './api.ts'
import { portsOf, type ClassKey } from './devices/catalogue.ts'
import type { Member } from './fleet.ts'

export type SignIn =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly email: string; readonly password: string }

export interface Registration {
  readonly url: string
  readonly signIn: SignIn
  readonly organization: string
  readonly devices: readonly PlannedDevice[]
  readonly signal: AbortSignal
}

export interface PlannedDevice {
  readonly deviceId: string
  readonly classKey: ClassKey
}

const CONCURRENCY = 8

const loginSchema = z.object({ accessToken: z.string().min(1) })
const organizationSchema = z.object({ id: z.string().min(1), name: z.string() })
const organizationsSchema = z.object({
  items: z.array(organizationSchema),
  nextCursor: z.string().nullish(),
})
const credentialSchema = z.object({
  credential: z.object({ username: z.string().min(1), password: z.string().min(1) }),
})

/** Ids as `prefix-class-0001`: the same fleet again is the same devices again. */
export function planDevices(
  classes: readonly { readonly classKey: ClassKey; readonly count: number }[],
  prefix: string,
): readonly PlannedDevice[] {
  return classes.flatMap(({ classKey, count }) =>
    Array.from({ length: count }, (_, index) => ({
      deviceId: `${prefix}-${classKey}-${String(index + 1).padStart(4, '0')}`,
      classKey,
    })),
  )
}

/**
 * Gives every planned device a place and a password on the platform. A device that is already there gets a fresh
 * password, so that the simulator can be started again and again.
 */
export async function registerDevices(registration: Registration): Promise<readonly Member[]> {
  const { url, signIn, organization, devices, signal } = registration
  const api = createApi(url, signal)
  const token = signIn.kind === 'token' ? signIn.token : await login(api, signIn)
  const orgId = await findOrCreateOrganization(api, token, organization)
  return mapBounded(devices, CONCURRENCY, async ({ deviceId, classKey }) => {
    const password = await register(api, { token, orgId }, deviceId, classKey)
    return { deviceId, password, orgId, classKey }
  })
}

async function login(api: Api, { email, password }: { email: string; password: string }): Promise<string> {
  const answer = await api.call({
    method: 'POST',
    path: '/api/v1/auth/login',
    body: { email, password },
    answer: loginSchema,
  })
  return valueOf(answer).accessToken
}

async function findOrCreateOrganization(api: Api, token: string, name: string): Promise<string> {
  let cursor: string | null | undefined
  do {
    const query = cursor === undefined || cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`
    const path = `/api/v1/organizations${query}`
    const page = valueOf(await api.call({ method: 'GET', path, token, answer: organizationsSchema }))
    const found = page.items.find((item) => item.name === name)
    if (found !== undefined) return found.id
    cursor = page.nextCursor
  } while (cursor !== undefined && cursor !== null)

  const path = '/api/v1/organizations'
  return valueOf(await api.call({ method: 'POST', path, token, body: { name }, answer: organizationSchema }))
    .id
}

async function register(
  api: Api,
  access: { readonly token: string; readonly orgId: string },
  deviceId: string,
  classKey: ClassKey,
): Promise<string> {
  const ports = portsOf(classKey).map((port) => ({ port, scaling: 1, offset: 0 }))
  const body = { id: deviceId, classKey, name: deviceId, ...(ports.length === 0 ? {} : { ports }) }
  const call = { method: 'POST', ...access, answer: credentialSchema } as const
  const created = await api.call({ ...call, path: '/api/v1/devices', body })
  if (created.kind === 'ok' || created.status !== 409) return valueOf(created).credential.password

  const path = `/api/v1/devices/${encodeURIComponent(deviceId)}/credential`
  return valueOf(await api.call({ ...call, path })).credential.password
}

function valueOf<T>(answer: Answer<T>): T {
  if (answer.kind === 'problem') throw new PlatformError(answer.text)
  return answer.value
}

async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const entries = items.entries()
  // The workers share one iterator, so each item is taken once; results keep the order of the items.
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await map(item)
  }
  await Promise.all(Array.from({ length: limit }, worker))
  return results
}
