/**
 * The tail: the latest readings in order of arrival, in memory that is shared with the writing worker, and an index by
 * series and time.
 */
import { f64, i32, u8 } from './element.ts'
import type { SeriesReading } from '../../../nodes/platform/series/port.ts'
import type { Columns } from './columns.ts'
import type { NewestReadings } from './newest.ts'
import type { TailJob } from './protocol.ts'
import { codeOf } from './quality.ts'
import type { Registry, SeriesLookup } from './registry.ts'
import { RowsByTime } from './rows-by-time.ts'

export interface Receipt {
  readonly durable: Promise<void>
}

export class Tail {
  readonly capacity: number
  readonly columns: Columns & { readonly series: Int32Array }
  readonly #index: RowsByTime
  #rows = 0
  #durable = Promise.withResolvers<void>()
  /** The same for all that is appended to this tail. */
  receipt: Receipt = { durable: this.#durable.promise }
  /** Set when sealed. */
  job: TailJob | undefined

  constructor(capacity: number) {
    this.capacity = capacity
    const bytes = (width: number): SharedArrayBuffer => new SharedArrayBuffer(capacity * width)
    this.columns = {
      series: new Int32Array(bytes(4)),
      ts: new Float64Array(bytes(8)),
      raw: new Float64Array(bytes(8)),
      calibrated: new Float64Array(bytes(8)),
      ingest: new Float64Array(bytes(8)),
      quality: new Uint8Array(bytes(1)),
    }
    this.#index = new RowsByTime(this.columns.ts, capacity)
    this.#ignoreRejection()
  }

  get rows(): number {
    return this.#rows
  }

  /** Takes readings from the `from`-th on, as many as there is room for; returns the index after the last. */
  append(readings: readonly SeriesReading[], from: number, registry: Registry, lookup: SeriesLookup): number {
    const { columns } = this
    const index = this.#index
    const { newest } = registry
    let row = this.#rows
    const end = Math.min(readings.length, from + this.capacity - row)
    for (let i = from; i < end; i++) {
      const reading = readings[i]
      if (reading === undefined) break
      const series = lookup.idFor(reading)
      // Adding 0 turns -0 into 0: a time has no sign of its own.
      const ts = reading.ts + 0
      const { rawValue, calibratedValue, ingestTs } = reading
      const code = codeOf(reading.quality)
      columns.series[row] = series
      columns.ts[row] = ts
      columns.raw[row] = rawValue
      columns.calibrated[row] = calibratedValue
      columns.ingest[row] = ingestTs
      columns.quality[row] = code
      index.add(series, row, newest.offer(series, ts, rawValue, calibratedValue, ingestTs, code))
      row++
    }
    this.#rows = row
    return end
  }

  /** Rows of a series with `fromMs` ≤ ts < `toMs` by ts; of equal ones the first to arrive comes first. */
  rowsOf(series: number, fromMs: number, toMs: number): Int32Array {
    return this.#index.between(series, fromMs, toMs)
  }

  /** Whether there is any reading of before, of whatever series. */
  hasBefore(ms: number): boolean {
    const { ts } = this.columns
    for (let row = 0; row < this.#rows; row++) if (f64(ts, row) < ms) return true
    return false
  }

  oldestOf(series: number): number | undefined {
    return this.#index.oldest(series)
  }

  /** Of the reading that arrived first. */
  rawValue(series: number, at: number): number | undefined {
    if (!this.#index.contains(series, at)) return undefined
    return f64(this.columns.raw, i32(this.rowsOf(series, at, at + 1), 0))
  }

  /** Offers all of a series' readings, in order of arrival. */
  offerNewest(series: number, newest: NewestReadings): void {
    const { ts, raw, calibrated, ingest, quality } = this.columns
    for (const row of this.rowsOf(series, -Infinity, Infinity)) {
      newest.offer(
        series,
        f64(ts, row),
        f64(raw, row),
        f64(calibrated, row),
        f64(ingest, row),
        u8(quality, row),
      )
    }
  }

  written(): void {
    this.#durable.resolve()
  }

  /** It was given up before it was durable. */
  lost(error: Error): void {
    this.#durable.reject(error)
  }

  /** Makes the tail, with its memory, ready to be filled anew. */
  clear(): void {
    this.#index.clear(this.#rows)
    this.#rows = 0
    this.#durable = Promise.withResolvers<void>()
    this.receipt = { durable: this.#durable.promise }
    this.job = undefined
    this.#ignoreRejection()
  }

  /** Whoever awaits it sees the rejection; nobody has to. */
  #ignoreRejection(): void {
    this.receipt.durable.catch(() => undefined)
  }
}
