/**
 * Days of series whose totals are no longer true. A day is marked before readings are stored in it, so that no crash
 * loses the mark; its totals are worked out a while later, by whoever comes first.
 */
import { isDuplicateKey } from '../../mongo/trouble.ts'
import type { SeriesReading } from '../../../nodes/platform/series/port.ts'
import { dayKey, encodeId } from './names.ts'
import type { Tables } from './tables.ts'
import { DAY_MS, dayOf } from './time.ts'

/** From the last mark, or the end of the day, to the totals. */
const QUIET_MS = 600_000
/** Clocks of instances may differ by less than this, and an insert takes less. */
const MARGIN_MS = 300_000
/** Days kept in mind. */
const MAX_DAYS = 500_000

export class Days {
  readonly #tables: Tables
  readonly #now: () => number
  /** Until when a day needs no further mark, by its key. */
  readonly #marked = new Map<string, number>()

  constructor(tables: Tables, now: () => number) {
    this.#tables = tables
    this.#now = now
  }

  /** Resolves when the days of these readings are marked. */
  async mark(readings: readonly SeriesReading[]): Promise<void> {
    const nowMs = this.#now()
    const wanted = new Map<string, { readonly reading: SeriesReading; readonly day: number }>()
    for (const reading of readings) {
      const day = dayOf(reading.ts)
      const key = dayKey(reading, day)
      if (!((this.#marked.get(key) ?? -Infinity) > nowMs)) wanted.set(key, { reading, day })
    }
    if (wanted.size === 0) return
    await this.#write(wanted, nowMs)
    if (this.#marked.size > MAX_DAYS) this.#marked.clear()
    for (const [key, { day }] of wanted) this.#marked.set(key, dueOf(day, nowMs) - MARGIN_MS)
  }

  /** Marks what is stored of a device in a period; what is deleted there makes the totals untrue, too. */
  async markPeriod(orgId: string, deviceId: string, fromMs: number, toMs: number): Promise<void> {
    await this.#tables.days.updateMany(
      { org: encodeId(orgId), device: encodeId(deviceId), day: { $gt: fromMs - DAY_MS, $lt: toMs } },
      { $inc: { marks: 1 }, $max: { dueMs: this.#now() + QUIET_MS } },
    )
  }

  /** Every day has to be marked again. */
  forget(): void {
    this.#marked.clear()
  }

  async #write(
    wanted: ReadonlyMap<string, { readonly reading: SeriesReading; readonly day: number }>,
    nowMs: number,
  ): Promise<void> {
    const updates = [...wanted].map(([_id, { reading, day }]) => ({
      updateOne: {
        filter: { _id },
        update: {
          $inc: { marks: 1 },
          $max: { dueMs: dueOf(day, nowMs) },
          $setOnInsert: {
            org: encodeId(reading.orgId),
            device: encodeId(reading.deviceId),
            port: reading.port,
            day,
          },
        },
        upsert: true,
      },
    }))
    try {
      await this.#tables.days.bulkWrite(updates, { ordered: false })
    } catch (error) {
      // Two instances have begun the same day at once: the second time it is there. One mark more does no harm.
      if (!isDuplicateKey(error)) throw error
      await this.#tables.days.bulkWrite(updates, { ordered: false })
    }
  }
}

function dueOf(day: number, nowMs: number): number {
  return Math.max(day + DAY_MS, nowMs) + QUIET_MS
}
