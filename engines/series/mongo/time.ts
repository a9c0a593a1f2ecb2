/**
 * Times in BSON. Dates hold the years 1 to 9999, which is what every driver and server can read; a reading from beyond
 * carries its exact time in `t`, and the nearest date in `ts`.
 */
import type { Document as Bson } from 'mongodb'

export const FIRST_MS = -62_135_596_800_000
export const LAST_MS = 253_402_300_799_999
export const DAY_MS = 86_400_000

/** The fields that say when. */
export function timeFields(ms: number): { readonly ts: Date; readonly t?: number } {
  return ms > FIRST_MS && ms < LAST_MS ? { ts: new Date(ms) } : { ts: dateOf(ms), t: ms }
}

export function exactTime(row: Bson): number {
  if (typeof row['t'] === 'number') return row['t']
  const ts: unknown = row['ts']
  return ts instanceof Date ? ts.getTime() : Number.NaN
}

export function dateOf(ms: number): Date {
  return new Date(Math.min(LAST_MS, Math.max(FIRST_MS, Math.ceil(ms))))
}

/** Measured from `fromMs` on and before `toMs`. */
export function within(fromMs: number, toMs: number): Bson {
  if (isPlain(fromMs, toMs)) return { ts: { $gte: dateOf(fromMs), $lt: dateOf(toMs) } }
  const exact = { t: { $gte: fromMs, $lt: toMs } }
  const ts = { $gte: dateOf(fromMs), $lte: dateOf(toMs) }
  // Where only `ts` tells, the end is outside, unless it lies beyond all dates.
  const plain = toMs > LAST_MS ? { t: null } : { t: null, ts: { $lt: dateOf(toMs) } }
  return { ts, $or: [exact, plain] }
}

/** The same, and beyond all dates more than that, which reads faster and leaves the rest to the caller. */
export function around(fromMs: number, toMs: number): Bson {
  return isPlain(fromMs, toMs) ? within(fromMs, toMs) : { ts: { $gte: dateOf(fromMs), $lte: dateOf(toMs) } }
}

/** Whether `ts` alone gives the order of what lies within. */
export function isPlain(fromMs: number, toMs: number): boolean {
  return fromMs > FIRST_MS && toMs <= LAST_MS
}

export function dayOf(ms: number): number {
  // Adding 0 turns -0 into 0.
  return Math.floor(ms / DAY_MS) * DAY_MS + 0
}
