/** The port of latest values: the newest reading of each port of each device, in one cheap read. */
import { clockToleranceMs, deviceClockToleranceMs } from '../kit/ahead.ts'
import type { SeriesPoint, SeriesReading, SeriesStore } from '../series/port.ts'

/** The newest reading of a port. */
export type LatestValue = SeriesPoint & { readonly port: number }

/** Devices' clocks may be this much ahead of ours, and ours of one another. */
export const latestToleranceMs = deviceClockToleranceMs + clockToleranceMs

/** Whether a reading replaces the one that is known, by their times. One ahead of now gives way to any that is not. */
export function isNewer(ts: number, knownTs: number, nowMs: number): boolean {
  const lastMs = nowMs + latestToleranceMs
  return knownTs > lastMs === ts > lastMs ? ts > knownTs : knownTs > lastMs
}

/**
 * The newest `ts` wins, so that a late reading never replaces a newer one; of two with the same the first stays. One from
 * a clock that was ahead and has been corrected since wins nothing: see {@link isNewer}.
 */
export interface LatestValues {
  /**
   * Takes in what was stored. The promise, where there is one, resolves when other instances can read it; until then the
   * stream must keep the readings, since nothing else would bring them here after a crash.
   */
  put(readings: readonly SeriesReading[]): Promise<void> | undefined
  /** Filled from the series for a device that is not known yet. */
  of(orgId: string, deviceId: string): Promise<readonly LatestValue[]>
  /** For a device that was removed. */
  forget(orgId: string, deviceId: string): Promise<void>
}

/** The part of the series that is needed here. */
export type LatestSource = Pick<SeriesStore, 'latest'>

/** What else the object has stays behind. */
export const toLatestValue = (value: LatestValue): LatestValue => {
  const { port, ts, rawValue, calibratedValue, quality, ingestTs } = value
  return { port, ts, rawValue, calibratedValue, quality, ingestTs }
}
