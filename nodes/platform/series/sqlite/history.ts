/** Buckets and summaries out of runs and tails. */
import { setImmediate } from 'node:timers/promises'

import { InvalidCursor } from '../../kit/invalid-cursor.ts'
import { BucketFold, Totals } from '../bucket-fold.ts'
import { nearestRank, selectRanks } from '../nearest-rank.ts'
import { bucketWidthsMs } from '../port.ts'
import type { BucketPage, BucketQuery, PeriodQuery, PeriodSummary } from '../port.ts'
import { foldDay } from './day-buckets.ts'
import { readingsOf, visitDays } from './days.ts'
import { f64 } from './element.ts'
import type { Sources } from './query.ts'
import { rollupWidthFor } from './rollup.ts'

export async function queryBuckets(sources: Sources, query: BucketQuery): Promise<BucketPage> {
  const { limit, width, toMs } = query
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a positive whole number: ${limit}`)
  const widthMs = bucketWidthsMs[width]
  const afterMs = query.cursor === undefined ? -Infinity : parseCursor(query.cursor, width) + widthMs
  const rollupMs = rollupWidthFor(widthMs)
  const fold = new BucketFold(widthMs)
  await visitDays(sources, { ...query, fromMs: Math.max(query.fromMs, afterMs), toMs }, (day) => {
    foldDay(sources, day, rollupMs, fold)
    // One more than asked for tells whether there is a next page.
    return fold.length <= limit
  })
  const buckets = fold.buckets()
  const last = buckets[limit - 1]
  if (buckets.length <= limit || last === undefined) return { items: buckets }
  return { items: buckets.slice(0, limit), nextCursor: `${width}:${last.ts}` }
}

export async function querySummary(sources: Sources, query: PeriodQuery): Promise<PeriodSummary | undefined> {
  const totals = new Totals()
  let all = new Float64Array(4096)
  await visitDays(sources, query, (day) => {
    for (const { values } of readingsOf(sources, day)) {
      if (totals.count + values.length > all.length) {
        const larger = new Float64Array(Math.max(totals.count + values.length, all.length * 2))
        larger.set(all.subarray(0, totals.count))
        all = larger
      }
      all.set(values, totals.count)
      for (let i = 0; i < values.length; i++) totals.add(f64(values, i))
    }
    return true
  })
  const { count, min, max } = totals
  if (count === 0) return undefined
  const p50 = nearestRank(50, count)
  const p95 = nearestRank(95, count)
  for (const _ of selectRanks(all, count, [p50, p95])) await setImmediate()
  return { min, max, avg: totals.avg, count, p50: f64(all, p50), p95: f64(all, p95) }
}

/** The bucket that a page ended with. */
function parseCursor(cursor: string, width: string): number {
  const [of, ts = '', ...rest] = cursor.split(':')
  if (of !== width || rest.length > 0 || !/^-?\d{1,16}$/.test(ts))
    throw new InvalidCursor('not one that a query for these buckets has returned')
  return Number(ts)
}
