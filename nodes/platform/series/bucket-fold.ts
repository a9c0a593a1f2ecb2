/** Folds readings into buckets. Pure: adapters and what decorates them share it, so that they agree. */
import type { BucketGrid } from './bucket-grid.ts'
import type { SeriesBucket } from './port.ts'

/**
 * Sums are kept in this unit: so many readings of any finite size cannot overflow, and scaling by a power of two loses
 * nothing of values that a sensor could have measured.
 */
const SUM_UNIT = 2 ** 40

/** What was measured so far; `count` 0 makes all else meaningless. */
export class Totals {
  count = 0
  min = Infinity
  max = -Infinity
  /** In units of {@link SUM_UNIT}. */
  sum = 0
  /** The value added last. */
  last = 0

  add(value: number): void {
    this.count++
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    this.sum += value / SUM_UNIT
    this.last = value
  }

  /** Adds what was measured later. */
  addTotals(later: Totals): void {
    if (later.count === 0) return
    this.count += later.count
    this.min = Math.min(this.min, later.min)
    this.max = Math.max(this.max, later.max)
    this.sum += later.sum
    this.last = later.last
  }

  /** Rounding must not carry the average beyond what was measured. */
  get avg(): number {
    return Math.min(this.max, Math.max(this.min, (this.sum / this.count) * SUM_UNIT))
  }
}

/** Takes readings in ascending order of time. */
export class BucketFold {
  readonly #grid: BucketGrid
  readonly #starts: number[] = []
  readonly #totals: Totals[] = []
  #open: Totals | undefined
  #endMs = -Infinity

  constructor(grid: BucketGrid) {
    this.#grid = grid
  }

  get length(): number {
    return this.#starts.length
  }

  add(ts: number, value: number): void {
    this.#at(ts).add(value)
  }

  /** Adds totals of readings that share a bucket of this fold; `ts` is that of any of them. */
  addTotals(ts: number, totals: Totals): void {
    this.#at(ts).addTotals(totals)
  }

  /** By time. */
  *entries(): Generator<readonly [number, Totals], void> {
    for (const [i, totals] of this.#totals.entries()) yield [this.#starts[i] ?? 0, totals]
  }

  buckets(): readonly SeriesBucket[] {
    return Array.from(this.entries(), ([ts, { min, max, avg, count, last }]) => ({
      ts,
      min,
      max,
      avg,
      count,
      last,
    }))
  }

  #at(ts: number): Totals {
    if (this.#open !== undefined && ts < this.#endMs) return this.#open
    const start = this.#grid.startOf(ts)
    this.#endMs = this.#grid.endOf(start)
    this.#open = new Totals()
    this.#starts.push(start)
    this.#totals.push(this.#open)
    return this.#open
  }
}

/** One bucket of two parts, of which `later` was measured after the other. */
export function joined(earlier: SeriesBucket, later: SeriesBucket): SeriesBucket {
  const totals = new Totals()
  for (const { min, max, avg, count, last } of [earlier, later]) {
    const part = new Totals()
    part.count = count
    part.min = min
    part.max = max
    part.sum = (avg / SUM_UNIT) * count
    part.last = last
    totals.addTotals(part)
  }
  const { min, max, avg, count, last } = totals
  return { ts: earlier.ts, min, max, avg, count, last }
}
