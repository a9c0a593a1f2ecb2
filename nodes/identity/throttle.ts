import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'

/** At most `limit` attempts in any `windowMs`. */
export interface ThrottlePolicy {
  readonly limit: number
  readonly windowMs: number
}

const quarterHourMs = 15 * 60_000
/** For one account from one address: 20 wrong guesses an hour. */
export const accountAtAddressPolicy: ThrottlePolicy = { limit: 5, windowMs: quarterHourMs }
/** Wider, because a company can be behind one address. */
export const addressPolicy: ThrottlePolicy = { limit: 30, windowMs: quarterHourMs }

/** Codes of a second factor, for one account from wherever: who tries them has the password, so being made to wait is the lesser evil. */
export const codePolicy: ThrottlePolicy = { limit: 20, windowMs: quarterHourMs }
/** How often a way back in is sent, to one account and for one address. */
export const resetPolicy: ThrottlePolicy = { limit: 3, windowMs: 60 * 60_000 }
export const resetsOfAddressPolicy: ThrottlePolicy = { limit: 20, windowMs: 60 * 60_000 }

export type Admission =
  /** The attempt counts from now on, before its outcome is known: parallel guesses cannot overtake the count. */
  | { readonly kind: 'admitted'; readonly attempts: readonly number[] }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }

/** `attempts` are times in epoch milliseconds. An attempt in the future (the clock was set back) counts as one now. */
export function admitAttempt(
  attempts: readonly number[],
  nowMs: number,
  { limit, windowMs }: ThrottlePolicy,
): Admission {
  const recent = attempts
    .map((atMs) => Math.min(atMs, nowMs))
    .filter((atMs) => atMs > nowMs - windowMs)
    .sort((a, b) => a - b)
  if (recent.length < limit) return { kind: 'admitted', attempts: [...recent, nowMs] }
  const freesUp = recent[recent.length - limit] ?? nowMs
  return { kind: 'throttled', retryAfterMs: freesUp + windowMs - nowMs }
}

/**
 * For one account, from wherever: somebody else's guesses must not lock its user out, so they only slow those down whose
 * address the account was never signed in from.
 */
const slowAfter = 10
const slowerByMs = 250
const slowestMs = 5000
const remembered = 100

/** The attempts of an account with this one, and how long this one has to wait before its password is looked at. */
export function slowAttempt(
  attempts: readonly number[],
  nowMs: number,
): { readonly attempts: readonly number[]; readonly delayMs: number } {
  const recent = attempts
    .map((atMs) => Math.min(atMs, nowMs))
    .filter((atMs) => atMs > nowMs - quarterHourMs)
    .slice(-(remembered - 1))
  const delayMs = Math.min(slowestMs, Math.max(0, recent.length - slowAfter + 1) * slowerByMs)
  return { attempts: [...recent, nowMs], delayMs }
}

/** Takes one attempt back: it was no guess after all. */
export function withdrawAttempt(attempts: readonly number[], atMs: number): readonly number[] {
  const index = attempts.indexOf(atMs)
  return index === -1 ? attempts : attempts.toSpliced(index, 1)
}

export const throttleRecordSchema = z.strictObject({
  id: z.string().min(1),
  attempts: z.array(z.int()),
  expiresAtMs: z.int(),
})
export type ThrottleRecord = z.output<typeof throttleRecordSchema>

export const throttleCollection: CollectionSpec<ThrottleRecord> = {
  name: 'login_attempts',
  audit: 'none',
  schema: throttleRecordSchema,
  indexes: [['expiresAtMs']],
}

const knownForMs = 90 * 24 * 60 * 60_000
const maxKnown = 20

export const knownAddressesSchema = z.strictObject({
  /** Of the account, as in its throttle records. */
  id: z.string().min(1),
  addresses: z.array(z.strictObject({ bucket: z.string(), untilMs: z.int() })),
  expiresAtMs: z.int(),
})
export type KnownAddresses = z.output<typeof knownAddressesSchema>

/** Where accounts were signed in from: whoever is there is not slowed down by what others try elsewhere. */
export const knownAddressesCollection: CollectionSpec<KnownAddresses> = {
  name: 'login_addresses',
  audit: 'none',
  schema: knownAddressesSchema,
  indexes: [['expiresAtMs']],
}

export const isKnownAddress = (known: KnownAddresses | undefined, bucket: string, nowMs: number): boolean =>
  known?.addresses.some((each) => each.bucket === bucket && nowMs < each.untilMs) === true

/** With this one as the latest. */
export function withKnownAddress(
  id: string,
  known: KnownAddresses | undefined,
  bucket: string,
  nowMs: number,
): KnownAddresses {
  const untilMs = nowMs + knownForMs
  const others = (known?.addresses ?? []).filter((each) => each.bucket !== bucket && nowMs < each.untilMs)
  return { id, addresses: [...others.slice(1 - maxKnown), { bucket, untilMs }], expiresAtMs: untilMs }
}

/**
 * Who counts as one address: an IPv4 address (also when mapped into IPv6), or an IPv6 /64, because one subscriber has
 * all of it.
 */
export function addressBucket(address: string): string {
  const bare = address.toLowerCase().replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  if (mapped !== undefined) return mapped
  if (!bare.includes(':')) return bare
  const [head = '', tail] = bare.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  const groups = [...left, ...zeros, ...right].map((group) => group.replace(/^0+(?=.)/, ''))
  return `${groups.slice(0, 4).join(':')}::/64`
}
