import type { DeviceReport } from '../telemetry/reading.ts'

/**
 * One report that leaves a state as the two would, one after the other; only when `online` last changed may differ, if it
 * changed twice.
 */
export function composeReports(first: DeviceReport | undefined, second: DeviceReport): DeviceReport {
  if (first === undefined) return second
  const [older, newer] = second.receivedAt >= first.receivedAt ? [first, second] : [second, first]
  const reported =
    older.reported === undefined && newer.reported === undefined
      ? undefined
      : { ...older.reported, ...newer.reported }
  return { ...newer, ...(reported === undefined ? {} : { reported }) }
}
