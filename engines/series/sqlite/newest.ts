/** The newest reading of each series: what this process has appended, and what is on disk as far as it was asked for. */
import { f64, i32, u8 } from './element.ts'
import type { SeriesPoint } from '../../../nodes/platform/series/port.ts'
import { codeOf, qualityOf } from './quality.ts'

/** ts, raw, calibrated, ingest: together, so that an append touches one cache line. */
const FIELDS = 4
const ANY_DAY = 0x7fffffff

export class NewestReadings {
  #values = new Float64Array(FIELDS * 1024).fill(-Infinity)
  #quality = new Uint8Array(1024)
  /** Newest ts on disk when last looked up; NaN before that. */
  #onDisk = new Float64Array(1024).fill(Number.NaN)
  /** No reading on disk is of a later UTC day, as far as is known. */
  #lastDay = new Int32Array(1024).fill(ANY_DAY)

  reserve(series: number): void {
    if (series < this.#onDisk.length) return
    const capacity = Math.max(series + 1, this.#onDisk.length * 2)
    const values = new Float64Array(capacity * FIELDS).fill(-Infinity)
    values.set(this.#values)
    const onDisk = new Float64Array(capacity).fill(Number.NaN)
    onDisk.set(this.#onDisk)
    const lastDay = new Int32Array(capacity).fill(ANY_DAY)
    lastDay.set(this.#lastDay)
    const quality = new Uint8Array(capacity)
    quality.set(this.#quality)
    this.#values = values
    this.#onDisk = onDisk
    this.#lastDay = lastDay
    this.#quality = quality
  }

  /** Returns whether the reading is newer than all that were offered before. */
  offer(series: number, ts: number, raw: number, calibrated: number, ingest: number, code: number): boolean {
    const values = this.#values
    const at = series * FIELDS
    if (ts <= f64(values, at)) return false
    values[at] = ts
    values[at + 1] = raw
    values[at + 2] = calibrated
    values[at + 3] = ingest
    this.#quality[series] = code
    return true
  }

  /** Newest that was offered; -Infinity if none was. */
  ts(series: number): number {
    return f64(this.#values, series * FIELDS)
  }

  onDisk(series: number): number {
    return f64(this.#onDisk, series)
  }

  setOnDisk(series: number, ts: number): void {
    this.#onDisk[series] = ts
  }

  lastDay(series: number): number {
    return i32(this.#lastDay, series)
  }

  setLastDay(series: number, day: number): void {
    this.#lastDay[series] = day
  }

  forget(series: number): void {
    this.#values[series * FIELDS] = -Infinity
    this.forgetDisk(series)
  }

  forgetDisk(series: number): void {
    this.#onDisk[series] = Number.NaN
    this.#lastDay[series] = ANY_DAY
  }

  replace(series: number, point: SeriesPoint): void {
    this.#values[series * FIELDS] = -Infinity
    this.offer(series, point.ts, point.rawValue, point.calibratedValue, point.ingestTs, codeOf(point.quality))
  }

  point(series: number, port: number): SeriesPoint & { readonly port: number } {
    const at = series * FIELDS
    const values = this.#values
    return {
      port,
      ts: f64(values, at),
      rawValue: f64(values, at + 1),
      calibratedValue: f64(values, at + 2),
      quality: qualityOf(u8(this.#quality, series)),
      ingestTs: f64(values, at + 3),
    }
  }
}
