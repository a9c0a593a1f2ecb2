import { isAhead } from '../platform/kit/ahead.ts'
import type { DeviceReport } from './device-report.ts'

/**
 * One report that leaves a state as the two would, one after the other; only when `online` last changed may differ, if it
 * changed twice. Times ahead of `nowMs` are not trusted, on neither side: what came first does not outrank what came after
 * it by a time that has not come yet.
 */
export function composeReports(
  before: DeviceReport | undefined,
  told: DeviceReport,
  nowMs: number,
): DeviceReport {
  const second = isAhead(told.receivedAt, nowMs) ? { ...told, receivedAt: nowMs } : told
  if (before === undefined) return second
  const first = isAhead(before.receivedAt, nowMs)
    ? { ...before, receivedAt: Math.min(nowMs, second.receivedAt) }
    : before
  // That it was the last takes nothing back of what it said.
  if (second.isSilent === true && second.receivedAt === first.receivedAt)
    return { ...first, online: first.online ?? true, isSilent: true }
  const [older, newer] = second.receivedAt >= first.receivedAt ? [first, second] : [second, first]
  const reported =
    older.reported === undefined && newer.reported === undefined
      ? undefined
      : { ...older.reported, ...newer.reported }
  return { ...newer, ...(reported === undefined ? {} : { reported }) }
}
