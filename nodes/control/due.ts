import { type Control, isActive } from './control.ts'

/** While the device has not confirmed an override, somebody looks so often whether it has failed. */
const lookEveryMs = 15_000
/** What has become of commands is told at once where they end; this is for whoever died before. */
const doubtEveryMs = 60_000

/** When somebody has to look at the device next. */
export function dueOf({ inDoubt, override, safety, sending }: Control, nowMs: number): number | null {
  if (sending.length > 0) return nowMs
  const dueMs = [override, safety].filter(isActive).flatMap(({ confirmedAtMs, endsAtMs }) => {
    const looksAtMs = confirmedAtMs === null ? nowMs + lookEveryMs : Infinity
    return Math.min(endsAtMs ?? Infinity, looksAtMs)
  })
  const firstMs = Math.min(...dueMs, inDoubt.length > 0 ? nowMs + doubtEveryMs : Infinity)
  return Number.isFinite(firstMs) ? firstMs : null
}
