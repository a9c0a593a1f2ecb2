import type { SeriesStore } from '../platform/series/port.ts'
import type { AssessedReading } from './reading.ts'

/** The newest reading of a port. */
export type LatestValue = Omit<AssessedReading, 'orgId' | 'deviceId'>

/** One O(1) read per port; the newest `ts` wins, so that a late reading never replaces a newer one. */
export interface LatestValues {
  put(readings: readonly AssessedReading[]): void
  of(orgId: string, deviceId: string): Promise<readonly LatestValue[]>
  forget(deviceId: string): void
}

/** The part of the series that is needed here. */
export type LatestSource = Pick<SeriesStore, 'latest'>

interface Known {
  readonly orgId: string
  /** Indexed by port number. */
  readonly values: (LatestValue | undefined)[]
  /** Until the store was asked, ports that were silent since the start are missing. */
  isComplete: boolean
}

/** In memory, filled from the series when a device is first asked for. */
export class MemoryLatestValues implements LatestValues {
  readonly #series: LatestSource
  readonly #known = new Map<string, Known>()

  constructor(series: LatestSource) {
    this.#series = series
  }

  put(readings: readonly AssessedReading[]): void {
    let deviceId = ''
    let known: Known | undefined
    for (const reading of readings) {
      if (known === undefined || reading.deviceId !== deviceId) {
        deviceId = reading.deviceId
        known = this.#knownOf(reading.orgId, deviceId)
      }
      const current = known.values[reading.port]
      if (current === undefined || reading.ts > current.ts) known.values[reading.port] = reading
    }
  }

  async of(orgId: string, deviceId: string): Promise<readonly LatestValue[]> {
    const before = this.#known.get(deviceId)
    if (before !== undefined && before.orgId !== orgId && before.values.length > 0) return []
    const known = this.#knownOf(orgId, deviceId)
    if (!known.isComplete) {
      const stored = await this.#series.latest(orgId, deviceId)
      for (const value of stored) {
        const current = known.values[value.port]
        if (current === undefined || value.ts > current.ts) known.values[value.port] = value
      }
      known.isComplete = true
    }
    return known.values
      .filter((value) => value !== undefined)
      .map(({ port, ts, rawValue, calibratedValue, quality, ingestTs }) => ({
        port,
        ts,
        rawValue,
        calibratedValue,
        quality,
        ingestTs,
      }))
  }

  forget(deviceId: string): void {
    this.#known.delete(deviceId)
  }

  /** What was known of a device that belonged to somebody else before is none of its new owner's. */
  #knownOf(orgId: string, deviceId: string): Known {
    const existing = this.#known.get(deviceId)
    if (existing?.orgId === orgId) return existing
    const created: Known = { orgId, values: [], isComplete: false }
    this.#known.set(deviceId, created)
    return created
  }
}
