/** Merges what runs and tails hold of a device into one page, by (ts, port), each reading once. */
import { f64, i32, u8 } from './element.ts'
import type { RangePage } from '../../../nodes/platform/series/port.ts'
import type { Columns } from './columns.ts'
import { qualityOf } from './quality.ts'
import { lowerBound } from './lower-bound.ts'
import type { FoundChunk, SeriesReader } from './reader.ts'
import type { Run } from './schema.ts'
import type { Tail } from './tail.ts'

type Point = RangePage['items'][number]

/** Walks the readings of one series in one run or tail, in the direction of the query. */
export interface Source {
  readonly port: number
  /** Of several readings with the same key, that of the lowest age stays. */
  readonly age: number
  /** No reading comes before this one, seen in the direction of the query. */
  readonly bound: number
  readonly ts: number
  /** Goes to the first reading, then on; false when there is none. */
  advance(): boolean
  point(): Point
}

export interface Window {
  readonly fromMs: number
  readonly toMs: number
  readonly descending: boolean
}

export function pointAt(columns: Columns, at: number, port: number): Point {
  return {
    port,
    ts: f64(columns.ts, at),
    rawValue: f64(columns.raw, at),
    calibratedValue: f64(columns.calibrated, at),
    quality: qualityOf(u8(columns.quality, at)),
    ingestTs: f64(columns.ingest, at),
  }
}

export class RunSource implements Source {
  readonly port: number
  readonly age: number
  readonly bound: number
  ts = 0
  readonly #reader: SeriesReader
  readonly #run: number
  readonly #series: number
  readonly #window: Window
  #columns: Columns | undefined
  #at = 0
  #lastChunk: FoundChunk | undefined

  constructor(reader: SeriesReader, run: Run, series: number, port: number, window: Window) {
    this.port = port
    this.age = run.age
    this.bound = window.descending ? Math.min(run.maxTs, window.toMs) : Math.max(run.minTs, window.fromMs)
    this.#reader = reader
    this.#run = run.run
    this.#series = series
    this.#window = window
  }

  advance(): boolean {
    const { descending, fromMs, toMs } = this.#window
    this.#at += descending ? -1 : 1
    let now = this.#columns?.ts[this.#at]
    while (now === undefined) {
      const found = this.#nextChunk()
      if (found === undefined) return false
      if (found.chunk === undefined) continue
      this.#columns = found.chunk
      const { ts } = found.chunk
      this.#at = descending ? lowerBound(ts, toMs) - 1 : lowerBound(ts, fromMs)
      now = ts[this.#at]
    }
    this.ts = now
    return descending ? now >= fromMs : now < toMs
  }

  point(): Point {
    if (this.#columns === undefined) throw new Error('No reading yet')
    return pointAt(this.#columns, this.#at, this.port)
  }

  #nextChunk(): FoundChunk | undefined {
    const { descending, fromMs, toMs } = this.#window
    const before = this.#lastChunk
    const reader = this.#reader
    if (descending) {
      const found = reader.chunkBefore(this.#run, this.#series, before?.firstTs ?? toMs)
      this.#lastChunk = found
      return found !== undefined && found.lastTs >= fromMs ? found : undefined
    }
    const found =
      before === undefined
        ? reader.firstChunk(this.#run, this.#series, fromMs)
        : reader.chunkAfter(this.#run, this.#series, before.firstTs)
    this.#lastChunk = found
    return found !== undefined && found.firstTs < toMs ? found : undefined
  }
}

export class TailSource implements Source {
  readonly port: number
  readonly age: number
  readonly bound: number
  ts = 0
  readonly #columns: Columns
  readonly #rows: Int32Array
  readonly #step: number
  #at: number

  constructor(tail: Tail, age: number, series: number, port: number, window: Window) {
    this.port = port
    this.age = age
    this.bound = window.descending ? Infinity : -Infinity
    this.#columns = tail.columns
    this.#rows = tail.rowsOf(series, window.fromMs, window.toMs)
    this.#step = window.descending ? -1 : 1
    this.#at = window.descending ? this.#rows.length : -1
  }

  advance(): boolean {
    const rows = this.#rows
    this.#at += this.#step
    // Repeats lie side by side, the one to keep first.
    while (this.#step < 0 && this.#at > 0 && this.#tsAt(this.#at - 1) === this.#tsAt(this.#at)) this.#at--
    if (this.#at < 0 || this.#at >= rows.length) return false
    this.ts = this.#tsAt(this.#at)
    return true
  }

  point(): Point {
    return pointAt(this.#columns, i32(this.#rows, this.#at), this.port)
  }

  #tsAt(index: number): number {
    return f64(this.#columns.ts, i32(this.#rows, index))
  }
}
