import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'

/** At most `limit` attempts in any `windowMs`. */
export interface ThrottlePolicy {
  readonly limit: number
  readonly windowMs: number
}

const quarterHourMs = 15 * 60_000
/** 40 wrong guesses an hour for one account, under the 100 that OWASP ASVS allows. */
export const accountPolicy: ThrottlePolicy = { limit: 10, windowMs: quarterHourMs }
/** Wider, because a company can be behind one address. */
export const addressPolicy: ThrottlePolicy = { limit: 30, windowMs: quarterHourMs }

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
  schema: throttleRecordSchema,
  indexes: [['expiresAtMs']],
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
