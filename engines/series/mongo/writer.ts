/** Appends, one after the other; what waits meanwhile goes together. */
import { setTimeout as sleep } from 'node:timers/promises'

import { isServerAway } from '../../mongo/trouble.ts'
import type { SeriesReading } from '../../../nodes/platform/series/port.ts'
import type { Days } from './days.ts'
import { isDoubtful, noteStored } from './devices.ts'
import type { Devices, OwnedDevice } from './devices.ts'
import { asUnavailable, SeriesUnavailable } from './errors.ts'
import { lookUp, nameOf } from './lookup.ts'
import { deviceKey } from './names.ts'
import { rowOf } from './rows.ts'
import type { Tables } from './tables.ts'

export interface WriterParts {
  readonly tables: Tables
  readonly devices: Devices
  readonly days: Days
  /** How long an append tries before it rejects. */
  readonly retryWithinMs: number
  /** Called with what is in the way, and with undefined when it is gone. */
  readonly onTrouble: (error: Error | undefined) => void
}

interface Job {
  /** Readings to store, or something else to be done in turn. */
  readonly work: readonly SeriesReading[] | (() => Promise<void>)
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Readings stored in one go. */
const MAX_TOGETHER = 20_000
const ROUND_MS = 20
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1_000

export class Writer {
  readonly #parts: WriterParts
  #jobs: Job[] = []
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** Resolves when done, after all that was asked for before. */
  run(work: Job['work']): Promise<void> {
    if (this.#isClosed) return Promise.reject(new SeriesUnavailable('closed'))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#jobs.push({ work, resolve, reject })
    this.#running ??= this.#drain()
    return promise
  }

  /** What waits is still done, for as long as one append may try. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #drain(): Promise<void> {
    while (this.#jobs.length > 0) {
      const jobs = this.#take()
      try {
        await this.#retry(() => this.#do(jobs))
        for (const { resolve } of jobs) resolve()
      } catch (error) {
        for (const { reject } of jobs) reject(asUnavailable(error))
      }
    }
    this.#running = undefined
  }

  /** The next job, or as many appends as go together. */
  #take(): readonly Job[] {
    let together = 0
    let count = 0
    for (const { work } of this.#jobs) {
      if (typeof work === 'function') break
      together += work.length
      if (count > 0 && together > MAX_TOGETHER) break
      count += 1
    }
    return this.#jobs.splice(0, Math.max(1, count))
  }

  async #do(jobs: readonly Job[]): Promise<void> {
    const [first] = jobs
    if (typeof first?.work === 'function') return first.work()
    await this.#store(jobs.flatMap(({ work }) => (typeof work === 'function' ? [] : work)))
  }

  async #retry(attempt: () => Promise<void>): Promise<void> {
    const endMs = performance.now() + this.#parts.retryWithinMs
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)) {
      try {
        await attempt()
        this.#parts.onTrouble(undefined)
        return
      } catch (error) {
        if (!isServerAway(error) || !(error instanceof Error)) throw error
        this.#parts.onTrouble(error)
        if (performance.now() + waitMs > endMs) throw error
      }
      await sleep(waitMs)
    }
  }

  async #store(readings: readonly SeriesReading[]): Promise<void> {
    try {
      await this.#storeOnce(readings)
    } catch (error) {
      // Some of it may be stored, or be stored yet: nothing is certain about these devices any more.
      this.#parts.devices.forget(new Set(readings.map(keyOf)))
      throw error
    }
  }

  async #storeOnce(readings: readonly SeriesReading[]): Promise<void> {
    const { devices } = this.#parts
    let left = firstOfEach(readings)
    for (let round = 0; left.length > 0; round += 1) {
      // Two instances that want the same devices must not take them from each other for ever.
      if (round > 0) await sleep(Math.random() * round * ROUND_MS)
      const owned = await devices.of(left)
      const missing = await this.#missing(left, owned)
      const mine = missing.filter((one) => owned.has(keyOf(one)))
      await this.#insert(mine, owned)
      const touched = new Set(mine.map(keyOf))
      const lost = await devices.lost([...owned.values()].filter(({ key }) => touched.has(key)))
      for (const one of mine) {
        const device = owned.get(keyOf(one))
        if (device !== undefined && !lost.has(device.key)) noteStored(device, one)
      }
      // What was stored while another process took the device is looked up again, as its new owner's.
      left = missing.filter((one) => lost.has(keyOf(one)) || !owned.has(keyOf(one)))
    }
  }

  /** Those that are not stored. */
  async #missing(
    readings: readonly SeriesReading[],
    owned: ReadonlyMap<string, OwnedDevice>,
  ): Promise<readonly SeriesReading[]> {
    const doubtful = readings.filter((one) => {
      const device = owned.get(keyOf(one))
      return device !== undefined && isDoubtful(device, one)
    })
    if (doubtful.length === 0) return readings
    const found = await lookUp(this.#parts.tables, doubtful)
    const stored = new Set(doubtful.filter((_, i) => found[i] !== undefined))
    return readings.filter((one) => !stored.has(one))
  }

  async #insert(readings: readonly SeriesReading[], owned: ReadonlyMap<string, OwnedDevice>): Promise<void> {
    if (readings.length === 0) return
    await this.#parts.days.mark(readings)
    const rows = readings.map((one) => rowOf(one, owned.get(keyOf(one))?.epoch ?? 0))
    await this.#parts.tables.readings.insertMany(rows, { ordered: false })
  }
}

function firstOfEach(readings: readonly SeriesReading[]): readonly SeriesReading[] {
  const seen = new Set<string>()
  return readings.filter(({ orgId, deviceId, port, ts }) => {
    const name = nameOf(orgId, deviceId, port, ts)
    return !seen.has(name) && seen.add(name)
  })
}

function keyOf({ orgId, deviceId }: SeriesReading): string {
  return deviceKey(orgId, deviceId)
}
