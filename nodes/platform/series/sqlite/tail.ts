/**
 * The tail: the latest readings in order of arrival, in memory that is shared with the writing worker. Rows of one
 * series are chained, newest first, so that a query walks only its own.
 */
import { f64, i32, u8 } from './element.ts'
import type { SeriesReading } from '../port.ts'
import type { Columns } from './columns.ts'
import type { NewestReadings } from './newest.ts'
import type { TailJob } from './protocol.ts'
import { codeOf } from './quality.ts'
import type { Registry, SeriesLookup } from './registry.ts'

export interface Receipt {
  readonly durable: Promise<void>
}

export class Tail {
  readonly capacity: number
  readonly columns: Columns & { readonly series: Int32Array }
  readonly #previous: Int32Array
  /** Newest row of each series, -1 for none. */
  #heads = new Int32Array(1024).fill(-1)
  /** 1 for series whose chain does not strictly ascend by ts. */
  #disordered = new Uint8Array(1024)
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
    this.#previous = new Int32Array(capacity)
    this.#ignoreRejection()
  }

  get rows(): number {
    return this.#rows
  }

  /** Takes readings from the `from`-th on, as many as there is room for; returns the index after the last. */
  append(readings: readonly SeriesReading[], from: number, registry: Registry, lookup: SeriesLookup): number {
    const { columns } = this
    const previous = this.#previous
    const { newest } = registry
    let row = this.#rows
    const end = Math.min(readings.length, from + this.capacity - row)
    for (let i = from; i < end; i++) {
      const reading = readings[i]
      if (reading === undefined) break
      const series = lookup.idFor(reading)
      if (series >= this.#heads.length) this.#growHeads(series)
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
      previous[row] = i32(this.#heads, series)
      this.#heads[series] = row
      if (!newest.offer(series, ts, rawValue, calibratedValue, ingestTs, code)) this.#disordered[series] = 1
      row++
    }
    this.#rows = row
    return end
  }

  /** Rows of a series with `fromMs` ≤ ts < `toMs` by ts; of equal ones the first to arrive comes first. */
  rowsOf(series: number, fromMs: number, toMs: number): Int32Array {
    const { ts } = this.columns
    const ordered = this.#disordered[series] === 0
    const found: number[] = []
    for (let row = this.#heads[series] ?? -1; row >= 0; row = i32(this.#previous, row)) {
      const at = f64(ts, row)
      if (at >= fromMs && at < toMs) found.push(row)
      else if (ordered && at < fromMs) break
    }
    const rows = Int32Array.from(found.toReversed())
    return ordered ? rows : rows.sort((a, b) => f64(ts, a) - f64(ts, b) || a - b)
  }

  oldestOf(series: number): number | undefined {
    const { ts } = this.columns
    let oldest: number | undefined
    for (let row = this.#heads[series] ?? -1; row >= 0; row = i32(this.#previous, row))
      oldest = Math.min(f64(ts, row), oldest ?? Infinity)
    return oldest
  }

  contains(series: number, at: number): boolean {
    const { ts } = this.columns
    const ordered = this.#disordered[series] === 0
    for (let row = this.#heads[series] ?? -1; row >= 0; row = i32(this.#previous, row)) {
      const now = f64(ts, row)
      if (now === at) return true
      if (ordered && now < at) return false
    }
    return false
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

  /** To be called when the newest reading known of a series was forgotten. */
  distrustOrder(series: number): void {
    if (series < this.#disordered.length) this.#disordered[series] = 1
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
    this.#rows = 0
    this.#heads.fill(-1)
    this.#disordered.fill(0)
    this.#durable = Promise.withResolvers<void>()
    this.receipt = { durable: this.#durable.promise }
    this.job = undefined
    this.#ignoreRejection()
  }

  /** Whoever awaits it sees the rejection; nobody has to. */
  #ignoreRejection(): void {
    this.receipt.durable.catch(() => undefined)
  }

  #growHeads(series: number): void {
    const capacity = Math.max(series + 1, this.#heads.length * 2)
    const heads = new Int32Array(capacity).fill(-1)
    heads.set(this.#heads)
    const disordered = new Uint8Array(capacity)
    disordered.set(this.#disordered)
    this.#heads = heads
    this.#disordered = disordered
  }
}
