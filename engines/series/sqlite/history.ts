/** Buckets and summaries out of runs and tails. */
import { setImmediate } from 'node:timers/promises'

import { InvalidCursor } from '../../../nodes/platform/kit/invalid-cursor.ts'
import { BucketFold, Totals } from '../../../nodes/platform/series/bucket-fold.ts'
import { nearestRank, selectRanks } from '../../../nodes/platform/series/nearest-rank.ts'
import { gridOf } from '../../../nodes/platform/series/bucket-grid.ts'
import type {
  BucketPage,
  BucketQuery,
  PeriodQuery,
  PeriodSummary,
} from '../../../nodes/platform/series/port.ts'
import { RankSearch } from '../../../nodes/platform/series/rank-search.ts'
import { foldDay } from './day-buckets.ts'
import { readingsOf, visitDays } from './days.ts'
import { f64 } from './element.ts'
import type { Sources } from './query.ts'

export async function queryBuckets(sources: Sources, query: BucketQuery): Promise<BucketPage> {
  const { limit, width, toMs } = query
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a positive whole number: ${limit}`)
  const grid = gridOf(query)
  const afterMs = query.cursor === undefined ? -Infinity : grid.endOf(parseCursor(query.cursor, width))
  const fold = new BucketFold(grid)
  await visitDays(sources, { ...query, fromMs: Math.max(query.fromMs, afterMs), toMs }, (day) => {
    foldDay(sources, day, grid, fold)
    // One more than asked for tells whether there is a next page.
    return fold.length <= limit
  })
  const buckets = fold.buckets()
  const last = buckets[limit - 1]
  if (buckets.length <= limit || last === undefined) return { items: buckets }
  return { items: buckets.slice(0, limit), nextCursor: `${width}:${last.ts}` }
}

/** Up to `maxKept` values are kept to find percentiles among them; more are gone through several times. */
export async function querySummary(
  sources: Sources,
  query: PeriodQuery,
  maxKept: number,
): Promise<PeriodSummary | undefined> {
  const totals = new Totals()
  const kept = new Kept(maxKept)
  await visitDays(sources, query, (day) => {
    for (const { values } of readingsOf(sources, day)) {
      kept.add(values)
      for (let i = 0; i < values.length; i++) totals.add(f64(values, i))
    }
    return true
  })
  const { count, min, max } = totals
  if (count === 0) return undefined
  const ranks = [nearestRank(50, count), nearestRank(95, count)]
  const found =
    kept.all === undefined ? await searched(sources, query, ranks) : await selected(kept.all, count, ranks)
  // What has changed between passes must not lead beyond what was seen.
  const [p50 = min, p95 = max] = found.map((value) => Math.min(max, Math.max(min, value)))
  return { min, max, avg: totals.avg, count, p50, p95 }
}

/** Values, as long as they are not too many. */
class Kept {
  readonly #max: number
  #values: Float64Array | undefined = new Float64Array(4096)
  #count = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Undefined when they were too many; else those in front are the values. */
  get all(): Float64Array | undefined {
    return this.#values
  }

  add(values: Float64Array): void {
    if (this.#values === undefined) return
    const count = this.#count + values.length
    if (count > this.#max) this.#values = undefined
    else {
      if (count > this.#values.length) {
        const larger = new Float64Array(Math.max(count, this.#values.length * 2))
        larger.set(this.#values.subarray(0, this.#count))
        this.#values = larger
      }
      this.#values.set(values, this.#count)
      this.#count = count
    }
  }
}

async function selected(
  values: Float64Array,
  count: number,
  ranks: readonly number[],
): Promise<readonly number[]> {
  for (const _ of selectRanks(values, count, ranks)) await setImmediate()
  return ranks.map((rank) => f64(values, rank))
}

async function searched(
  sources: Sources,
  query: PeriodQuery,
  ranks: readonly number[],
): Promise<readonly number[]> {
  const searches = ranks.map((rank) => new RankSearch(rank))
  for (;;) {
    await visitDays(sources, query, (day) => {
      for (const { values } of readingsOf(sources, day))
        for (const search of searches) for (let i = 0; i < values.length; i++) search.add(f64(values, i))
      return true
    })
    const found = searches.map((search) => search.endPass())
    const known = found.filter((value) => value !== undefined)
    if (known.length === ranks.length) return known
  }
}

/** The bucket that a page ended with. */
function parseCursor(cursor: string, width: string): number {
  const [of, ts = '', ...rest] = cursor.split(':')
  if (of !== width || rest.length > 0 || !/^-?\d{1,16}$/.test(ts))
    throw new InvalidCursor('not one that a query for these buckets has returned')
  return Number(ts)
}
