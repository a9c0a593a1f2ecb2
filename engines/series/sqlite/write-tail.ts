/** Sorts a tail into runs, one for each UTC day that it touches. */
import { f64, i32, u8 } from './element.ts'
import { DAY_MS, dayOf } from './chunk.ts'
import type { TailJob } from './protocol.ts'
import type { RunWriter } from './run-writer.ts'

export interface Segment {
  readonly day: number
  readonly series: number
  /** Positions in the sorted order; `to` is exclusive. */
  readonly from: number
  readonly to: number
}

export class TailSorter {
  #order = new Int32Array(0)
  #ends = new Int32Array(0)

  /** Writes the segments of a tail; of several readings with the same ts the first to arrive stays. */
  write(job: TailJob, segments: readonly Segment[], writer: RunWriter): void {
    let day: number | undefined
    for (const segment of segments) {
      if (segment.day !== day) {
        if (day !== undefined) writer.finish()
        day = segment.day
        writer.begin({ state: 'live', day, level: 0, atMs: job.atMs })
      }
      this.#writeSegment(job, segment, writer)
    }
    if (day !== undefined) writer.finish()
  }

  /** What is of one series and one day, ordered by (day, series); valid until the next call. */
  sort(job: TailJob): readonly Segment[] {
    const lastSeries = this.#countingSort(job)
    const { ts } = job.columns
    const segments: Segment[] = []
    let days = 0
    let from = 0
    for (let series = 0; series <= lastSeries; series++) {
      const end = i32(this.#ends, series)
      if (from === end) continue
      this.#sortByTs(ts, from, end)
      while (from < end) {
        const day = dayOf(f64(ts, i32(this.#order, from)))
        let to = this.#endOfDay(ts, from, end, (day + 1) * DAY_MS)
        if (day !== segments.at(-1)?.day) days++
        segments.push({ day, series, from, to })
        from = to
      }
    }
    // Stable, so that within a day the series keep their order.
    return days > 1 ? segments.sort((a, b) => a.day - b.day) : segments
  }

  /** Brings row numbers into order of (series, arrival); returns the highest series. */
  #countingSort(job: TailJob): number {
    const { rows } = job
    const { series } = job.columns
    let last = -1
    for (let row = 0; row < rows; row++) if (i32(series, row) > last) last = i32(series, row)
    if (this.#order.length < rows) this.#order = new Int32Array(rows)
    if (this.#ends.length < last + 2) this.#ends = new Int32Array(last * 2 + 2)
    const ends = this.#ends.fill(0)
    for (let row = 0; row < rows; row++) {
      const at = i32(series, row) + 1
      ends[at] = i32(ends, at) + 1
    }
    for (let at = 1; at <= last + 1; at++) ends[at] = i32(ends, at) + i32(ends, at - 1)
    // Placing the rows moves each series' start on to its end.
    for (let row = 0; row < rows; row++) {
      const at = i32(series, row)
      const place = i32(ends, at)
      ends[at] = place + 1
      this.#order[place] = row
    }
    return last
  }

  #sortByTs(ts: Float64Array, from: number, end: number): void {
    const order = this.#order
    let before = -Infinity
    for (let i = from; i < end; i++) {
      const now = f64(ts, i32(order, i))
      if (now < before) {
        order.subarray(from, end).sort((a, b) => f64(ts, a) - f64(ts, b) || a - b)
        return
      }
      before = now
    }
  }

  #endOfDay(ts: Float64Array, from: number, end: number, dayEnd: number): number {
    const order = this.#order
    if (f64(ts, i32(order, end - 1)) < dayEnd) return end
    let to = from + 1
    while (f64(ts, i32(order, to)) < dayEnd) to++
    return to
  }

  #writeSegment(job: TailJob, segment: Segment, writer: RunWriter): void {
    const order = this.#order
    const from = job.columns
    const into = writer.columns
    writer.series = segment.series
    let before = Number.NaN
    for (let i = segment.from; i < segment.to; i++) {
      const row = i32(order, i)
      const ts = f64(from.ts, row)
      if (ts === before) continue
      before = ts
      const at = writer.filled
      into.ts[at] = ts
      into.raw[at] = f64(from.raw, row)
      into.calibrated[at] = f64(from.calibrated, row)
      into.ingest[at] = f64(from.ingest, row)
      into.quality[at] = u8(from.quality, row)
      writer.added(1)
    }
  }
}
