import { crc32 } from 'node:zlib'
import { CorruptLogError } from '../shared/corrupt-log-error.ts'
import { decodeBatch } from '../shared/batch-codec.ts'
import { isCorrupt } from './database.ts'
import { LogEntry } from './entry.ts'
import type { Row, StreamLog } from './log.ts'
import type { RouteDecoder } from '../shared/route-codec.ts'
import type { Taken } from './window.ts'

/** Decoding more than this in one go would hold up the event loop; a batch may then be smaller than asked for. */
const takeBytesMax = 4 << 20

export interface TimeRange {
  readonly fromMs: number
  readonly toMs: number
}

const allTime: TimeRange = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

interface Stretch extends Taken {
  readonly from: number
  readonly bytes: number
}

/** Reads a log from the file, in order, one batch decoded at a time. */
export class LogReader {
  readonly #log: StreamLog
  readonly #routes: RouteDecoder
  readonly #report: (error: CorruptLogError) => void
  readonly #range: TimeRange
  #held: Stretch | undefined

  constructor(
    log: StreamLog,
    routes: RouteDecoder,
    report: (error: CorruptLogError) => void,
    range: TimeRange = allTime,
  ) {
    this.#log = log
    this.#routes = routes
    this.#report = report
    this.#range = range
  }

  /** What is kept from `position` on, up to `until`. May be nothing, with `to` past what cannot be read. */
  take(position: number, until: number, maxEntries: number): Taken {
    const parts: (readonly LogEntry[])[] = []
    let count = 0
    let bytes = 0
    let to = position
    while (to < until && count < maxEntries && bytes < takeBytesMax) {
      const stretch = this.#stretchAt(to, until)
      const skipped = Math.max(0, to - stretch.from)
      const some = stretch.entries.slice(skipped, skipped + maxEntries - count)
      parts.push(some)
      count += some.length
      bytes += stretch.bytes
      to = skipped + some.length < stretch.entries.length ? to + some.length : stretch.to
    }
    return { entries: parts.length === 1 ? (parts[0] ?? []) : parts.flat(), to }
  }

  /** Lets go of the batch that was decoded last. */
  release(): void {
    this.#held = undefined
  }

  #stretchAt(position: number, until: number): Stretch {
    if (this.#held === undefined || position < this.#held.from || position >= this.#held.to) {
      this.#held = this.#read(position, until)
    }
    return this.#held
  }

  #read(position: number, until: number): Stretch {
    let row: Row | undefined
    try {
      row = this.#log.rowFrom(position, this.#range.fromMs, this.#range.toMs)
    } catch (error) {
      if (!isCorrupt(error)) throw error
      return this.#skip(position, this.#readableAfter(position, until), error)
    }
    if (row === undefined || row.first > position) {
      return this.#skip(position, row?.first ?? until, new Error('they are missing'))
    }
    const { first, count, blob } = row
    const to = first + count
    const bytes = blob?.length ?? 0
    if (blob === null) return { from: first, to, bytes, entries: [] }
    if (crc32(blob) !== row.crc) return this.#skip(first, to, new Error('the checksum is wrong'))
    try {
      return {
        from: first,
        to,
        bytes,
        entries: decodeBatch(
          blob,
          first,
          count,
          this.#routes,
          (route, atMs, data, index) => new LogEntry(route, atMs, data, first + index, 0),
        ),
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return this.#skip(first, to, error)
    }
  }

  #skip(from: number, to: number, cause: unknown): Stretch {
    this.#report(new CorruptLogError(this.#log.name, from, to, cause))
    return { from, to, bytes: 0, entries: [] }
  }

  /** The first position after a broken page at which the file makes sense again, found by ever longer jumps. */
  #readableAfter(position: number, until: number): number {
    for (let jump = 1; position + jump < until; jump *= 2) {
      try {
        const row = this.#log.rowFrom(position + jump, this.#range.fromMs, this.#range.toMs)
        return row === undefined ? until : Math.max(position + 1, row.first)
      } catch (error) {
        if (!isCorrupt(error)) throw error
      }
    }
    return until
  }
}
