// Each from its file: the whole client has the live channel in it, and twice the size.
import { Client } from '../../client/client.ts'
import { CallFailed } from '../../client/failure.ts'
import type { ItemOf, ResultOf } from '../../client/route.ts'
import {
  getMe,
  type listBookings,
  listOrganizations,
  type listPods,
} from '../../client/generated/operations.ts'
import { language } from '../kit/language.ts'
import { chooseOrganization } from '../kit/organization.ts'
import { texts } from './texts.ts'

export type Pod = ItemOf<NonNullable<typeof listPods.of>>
export type Booking = ItemOf<NonNullable<typeof listBookings.of>>

export interface Session {
  readonly client: Client
  readonly user: ResultOf<NonNullable<typeof getMe.of>>
}

/** Who is signed in; those who belong to no organization look at the one of the address, else at the first. */
export async function openSession(): Promise<Session> {
  const anybody = new Client()
  const user = await anybody.call(getMe, {})
  if (user.orgId !== null) return { client: anybody, user }
  const organizations = await anybody.all(listOrganizations, { query: { limit: 1000 } }, { most: 10_000 })
  const asked = new URLSearchParams(location.search).get('organization')
  return { client: new Client({ organization: chooseOrganization(organizations, [asked]) }), user }
}

/**
 * What to tell about a failure; who is not signed in any more is sent to do so, and comes back.
 *
 * @param conflict what a 409 means where it happened
 */
export function told(error: unknown, conflict: string = texts.failed): string {
  if (!(error instanceof CallFailed)) return texts.failed
  if (error.reason === 'signed-out') {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`)
    return texts.loading
  }
  if (error.reason === 'forbidden') return texts.forbidden
  if (error.reason === 'unreachable') return texts.unreachable
  if (error.problem?.type === 'urn:fleetloom:problem:too-few-credits') return texts.tooFew
  return error.problem?.status === 409 ? conflict : texts.failed
}

/** For a request that must not be done twice. `randomUUID` is there on secure pages only, and not every platform is one. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

export const number = (value: number): string => new Intl.NumberFormat(language).format(value)

export const distance = (meters: number): string =>
  meters < 1000
    ? new Intl.NumberFormat(language, { style: 'unit', unit: 'meter', maximumFractionDigits: 0 }).format(
        Math.round(meters / 10) * 10,
      )
    : new Intl.NumberFormat(language, { style: 'unit', unit: 'kilometer', maximumFractionDigits: 1 }).format(
        meters / 1000,
      )

export const clock = (time: string, timeZone?: string): string =>
  new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', timeZone }).format(Date.parse(time))

export const moment = (time: string, timeZone?: string): string =>
  new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).format(Date.parse(time))

/** For what is kept: with its year. */
export const dated = (time: string, timeZone?: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    Date.parse(time),
  )

export const dayName = (date: string): string =>
  new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  }).format(Date.parse(`${date}T12:00:00Z`))
