import type { Clock } from '../../nodes/platform/clock.ts'
import type { SeriesReading } from '../../nodes/platform/series/port.ts'
import {
  isNewer,
  type LatestSource,
  type LatestValue,
  type LatestValues,
  toLatestValue,
} from '../../nodes/platform/latest/port.ts'

type Writable = { -readonly [Field in keyof LatestValue]: LatestValue[Field] }

interface Known {
  readonly orgId: string
  /** Indexed by port number. Written over: a new object for each reading would be one for the old generation. */
  readonly values: (Writable | undefined)[]
  /** Until the store was asked, ports that were silent since the start are missing. */
  isComplete: boolean
}

/** In memory of the one process there is, filled from the series when a device is first asked for. */
export class MemoryLatestValues implements LatestValues {
  readonly #series: LatestSource
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #known = new Map<string, Known>()

  constructor(series: LatestSource, clock: Pick<Clock, 'nowMs'>) {
    this.#series = series
    this.#clock = clock
  }

  put(readings: readonly SeriesReading[]): undefined {
    const nowMs = this.#clock.nowMs()
    let deviceId = ''
    let known: Known | undefined
    for (const reading of readings) {
      if (known === undefined || reading.deviceId !== deviceId) {
        deviceId = reading.deviceId
        known = this.#knownOf(reading.orgId, deviceId)
      }
      offer(known, reading, nowMs)
    }
  }

  async of(orgId: string, deviceId: string): Promise<readonly LatestValue[]> {
    const before = this.#known.get(deviceId)
    if (before !== undefined && before.orgId !== orgId && before.values.length > 0) return []
    const known = this.#knownOf(orgId, deviceId)
    if (!known.isComplete) {
      const stored = await this.#series.latest(orgId, deviceId)
      const nowMs = this.#clock.nowMs()
      for (const value of stored) offer(known, value, nowMs)
      known.isComplete = true
    }
    return known.values.filter((value) => value !== undefined).map(toLatestValue)
  }

  async forget(_orgId: string, deviceId: string): Promise<void> {
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

function offer({ values }: Known, value: LatestValue, nowMs: number): void {
  const current = values[value.port]
  if (current === undefined) values[value.port] = toLatestValue(value)
  else if (isNewer(value.ts, current.ts, nowMs)) {
    current.ts = value.ts
    current.rawValue = value.rawValue
    current.calibratedValue = value.calibratedValue
    current.quality = value.quality
    current.ingestTs = value.ingestTs
  }
}
