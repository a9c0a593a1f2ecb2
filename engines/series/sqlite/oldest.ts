/** Finds the oldest reading of each device of an organization. */
import { setImmediate } from 'node:timers/promises'

import { DAY_MS } from './chunk.ts'
import type { Sources } from './query.ts'
import type { Run } from './schema.ts'

const SLICE_MS = 8
/** Reading a run's directory through costs a row about this part of looking a series up. */
const SCAN_FACTOR = 16

export interface Oldest {
  readonly deviceId: string
  readonly ts: number
}

export async function findOldest(
  sources: Sources,
  orgId: string,
  beforeMs: number,
): Promise<readonly Oldest[]> {
  if (!sources.reader.snapshot(() => hasBefore(sources, beforeMs))) return []
  const search = new Search(sources, orgId, beforeMs)
  for (let afterDay = -Infinity; afterDay < Infinity;) {
    afterDay = sources.reader.snapshot(() => search.run(afterDay))
    if (afterDay < Infinity) await setImmediate()
  }
  return search.found()
}

const hasBefore = ({ reader, tails }: Sources, ms: number): boolean =>
  reader.runs.some(({ minTs }) => minTs < ms) || tails.all.some((tail) => tail.hasBefore(ms))

/** Goes through the days from the first on; whoever has readings on one needs not be looked for on later ones. */
class Search {
  readonly #sources: Sources
  readonly #beforeMs: number
  readonly #oldest = new Map<string, number>()
  /** Devices by those of their series that are still looked for. */
  readonly #wanted = new Map<number, string>()

  constructor(sources: Sources, orgId: string, beforeMs: number) {
    this.#sources = sources
    this.#beforeMs = beforeMs
    for (const device of sources.registry.devicesOf(orgId)) {
      for (const { series } of device.all()) {
        this.#wanted.set(series, device.deviceId)
        for (const tail of sources.tails.all) this.#offer(device.deviceId, tail.oldestOf(series))
      }
    }
  }

  /** Returns the last day it got to, Infinity when all is done. */
  run(afterDay: number): number {
    const endAt = performance.now() + SLICE_MS
    const runs = this.#sources.reader.runs.filter(
      ({ day, minTs }) => day > afterDay && minTs < this.#beforeMs,
    )
    const days = Map.groupBy(runs, ({ day }) => day)
    for (const [day, ofDay] of [...days].sort(([a], [b]) => a - b)) {
      if (this.#wanted.size === 0) return Infinity
      for (const run of ofDay) this.#look(run)
      this.#settle((day + 1) * DAY_MS)
      if (performance.now() > endAt) return day
    }
    return Infinity
  }

  found(): readonly Oldest[] {
    return Array.from(this.#oldest, ([deviceId, ts]) => ({ deviceId, ts })).filter(
      ({ ts }) => ts < this.#beforeMs,
    )
  }

  #look({ run, chunks }: Run): void {
    const { reader } = this.#sources
    if (this.#wanted.size * SCAN_FACTOR > chunks) {
      for (const { series, ts } of reader.firstOfEach(run)) this.#offer(this.#wanted.get(series), ts)
    } else {
      for (const [series, deviceId] of this.#wanted) this.#offer(deviceId, reader.firstTs(run, series))
    }
  }

  #offer(deviceId: string | undefined, ts: number | undefined): void {
    if (deviceId === undefined || ts === undefined) return
    this.#oldest.set(deviceId, Math.min(ts, this.#oldest.get(deviceId) ?? Infinity))
  }

  #settle(beforeMs: number): void {
    for (const [series, deviceId] of this.#wanted)
      if ((this.#oldest.get(deviceId) ?? Infinity) < beforeMs) this.#wanted.delete(series)
  }
}
