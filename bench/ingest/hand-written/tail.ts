import type { StoredReading } from './chunk.ts'

/** The columns of a tail, in memory that the worker can read while nobody writes. */
export interface TailColumns {
  readonly series: Int32Array
  readonly ts: Float64Array
  readonly raw: Float64Array
  readonly calibrated: Float64Array
  readonly ingestTs: Float64Array
}

export interface TailMemory {
  readonly capacity: number
  readonly buffer: SharedArrayBuffer
}

export function allocateTail(capacity: number): TailMemory {
  return { capacity, buffer: new SharedArrayBuffer(capacity * 36) }
}

export function columnsOf({ capacity, buffer }: TailMemory): TailColumns {
  const floats = (column: number): Float64Array => new Float64Array(buffer, column * capacity * 8, capacity)
  return {
    ts: floats(0),
    raw: floats(1),
    calibrated: floats(2),
    ingestTs: floats(3),
    series: new Int32Array(buffer, capacity * 32, capacity),
  }
}

/**
 * The newest readings, in the order of arrival. Rows of one series are chained backwards, so that a query or the dedupe of
 * a late reading walks only its own series.
 */
export class Tail {
  #memory: TailMemory
  #columns: TailColumns
  #before: Int32Array
  readonly #last: Int32Array
  rows = 0
  /** The log position of the last batch that is wholly in here. */
  lastSeq = 0

  constructor(capacity: number, seriesCount: number) {
    this.#memory = allocateTail(capacity)
    this.#columns = columnsOf(this.#memory)
    this.#before = new Int32Array(capacity)
    this.#last = new Int32Array(seriesCount).fill(-1)
  }

  get memory(): TailMemory {
    return this.#memory
  }

  append(series: number, ts: number, raw: number, calibrated: number, ingestTs: number): void {
    if (this.rows === this.#memory.capacity) this.#grow()
    const row = this.rows++
    const columns = this.#columns
    columns.series[row] = series
    columns.ts[row] = ts
    columns.raw[row] = raw
    columns.calibrated[row] = calibrated
    columns.ingestTs[row] = ingestTs
    this.#before[row] = this.#last[series] ?? -1
    this.#last[series] = row
  }

  has(series: number, ts: number): boolean {
    for (let row = this.#last[series] ?? -1; row >= 0; row = this.#before[row] ?? -1) {
      if (this.#columns.ts[row] === ts) return true
    }
    return false
  }

  /** In no particular order; `fromMs` is included, `toMs` is not. */
  *range(series: number, fromMs: number, toMs: number): Generator<StoredReading> {
    const columns = this.#columns
    for (let row = this.#last[series] ?? -1; row >= 0; row = this.#before[row] ?? -1) {
      const ts = columns.ts[row] ?? 0
      if (ts < fromMs || ts >= toMs) continue
      const calibrated = columns.calibrated[row] ?? 0
      yield { ts, raw: columns.raw[row] ?? 0, calibrated, ingestTs: columns.ingestTs[row] ?? 0 }
    }
  }

  clear(): void {
    this.rows = 0
    this.#last.fill(-1)
  }

  /** A tail is closed between batches, so the last batch may reach beyond the planned size. */
  #grow(): void {
    const memory = allocateTail(this.#memory.capacity * 2)
    const columns = columnsOf(memory)
    columns.series.set(this.#columns.series)
    columns.ts.set(this.#columns.ts)
    columns.raw.set(this.#columns.raw)
    columns.calibrated.set(this.#columns.calibrated)
    columns.ingestTs.set(this.#columns.ingestTs)
    const before = new Int32Array(memory.capacity)
    before.set(this.#before)
    this.#memory = memory
    this.#columns = columns
    this.#before = before
  }
}
