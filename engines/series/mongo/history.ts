/** Buckets and summaries: true totals of days where there are, the readings themselves elsewhere. */
import { setImmediate } from 'node:timers/promises'

import type { Document as Bson } from 'mongodb'

import { InvalidCursor } from '../../../nodes/platform/kit/invalid-cursor.ts'
import { BucketFold, Totals } from '../../../nodes/platform/series/bucket-fold.ts'
import { nearestRank, selectRanks } from '../../../nodes/platform/series/nearest-rank.ts'
import { type BucketGrid, gridOf } from '../../../nodes/platform/series/bucket-grid.ts'
import { bucketWidthsMs } from '../../../nodes/platform/series/port.ts'
import type {
  BucketPage,
  BucketQuery,
  PeriodQuery,
  PeriodSummary,
} from '../../../nodes/platform/series/port.ts'
import { RankSearch } from '../../../nodes/platform/series/rank-search.ts'
import { encodeId } from './names.ts'
import { qualityOf } from './rows.ts'
import { scan } from './scan.ts'
import type { DayRow, Tables } from './tables.ts'
import { DAY_MS, exactTime } from './time.ts'
import { fromRow } from './totals.ts'

const HOUR_MS = bucketWidthsMs['1h']
const VALUES = { calibratedValue: 1, quality: 1 } as const

/** @throws InvalidCursor, RangeError */
export async function queryBuckets(tables: Tables, query: BucketQuery): Promise<BucketPage> {
  const { limit, width } = query
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`limit must be a positive whole number: ${limit}`)
  }
  const grid = gridOf(query)
  const afterMs = query.cursor === undefined ? -Infinity : grid.endOf(parseCursor(query.cursor, width))
  const period = { ...query, fromMs: Math.max(query.fromMs, afterMs) }
  const fold = new BucketFold(grid)
  // Totals are of readings of any quality.
  const hasTotals = bucketWidthsMs[width] >= HOUR_MS && query.qualities === undefined
  await (hasTotals ? foldDays(tables, period, grid, fold) : foldReadings(tables, period, fold, limit))
  const buckets = fold.buckets()
  const last = buckets[limit - 1]
  if (buckets.length <= limit || last === undefined) return { items: buckets }
  return { items: buckets.slice(0, limit), nextCursor: `${width}:${last.ts}` }
}

/** Until there is one bucket more than asked for, which tells that there is a next page. */
async function foldReadings(
  tables: Tables,
  query: PeriodQuery,
  fold: BucketFold,
  limit: number,
): Promise<void> {
  for await (const row of countingRows(tables, query)) {
    fold.add(exactTime(row), Number(row['calibratedValue']))
    if (fold.length > limit) return
  }
}

async function foldDays(
  tables: Tables,
  query: BucketQuery,
  grid: BucketGrid,
  fold: BucketFold,
): Promise<void> {
  const { orgId, deviceId, port, fromMs, toMs, limit } = query
  if (!(fromMs < toMs)) return
  const days = tables.days
    .find(
      {
        org: encodeId(orgId),
        device: encodeId(deviceId),
        port,
        day: { $gt: fromMs - DAY_MS, $lt: toMs },
      },
      { projection: { day: 1, marks: 1, rolled: 1, hours: 1, total: 1 } },
    )
    .sort({ day: 1 })
  try {
    // Neighbouring days without true totals are read in one go.
    let pending: { readonly fromMs: number; toMs: number } | undefined
    for await (const day of days) {
      const isWhole = day.day >= fromMs && day.day + DAY_MS <= toMs
      const partMs = isWhole && day.rolled === day.marks ? grid.partMs(day.day, day.day + DAY_MS) : undefined
      const isTrue = partMs === DAY_MS || partMs === HOUR_MS
      if (!isTrue && pending?.toMs === day.day) {
        pending.toMs = Math.min(toMs, day.day + DAY_MS)
        continue
      }
      if (pending !== undefined) await foldReadings(tables, { ...query, ...pending }, fold, limit)
      pending = undefined
      if (fold.length > limit) return
      if (isTrue) foldTotals(day, partMs, fold)
      else pending = { fromMs: Math.max(fromMs, day.day), toMs: Math.min(toMs, day.day + DAY_MS) }
      if (fold.length > limit) return
    }
    if (pending !== undefined) await foldReadings(tables, { ...query, ...pending }, fold, limit)
  } finally {
    await days.close()
  }
}

function foldTotals({ day, total, hours = {} }: DayRow, partMs: number, fold: BucketFold): void {
  if (partMs === DAY_MS) {
    if (total !== undefined) fold.addTotals(day, fromRow(total))
    return
  }
  const ascending = Object.entries(hours).sort(([a], [b]) => Number(a) - Number(b))
  for (const [hour, totals] of ascending) fold.addTotals(day + Number(hour) * HOUR_MS, fromRow(totals))
}

/** Up to `maxKept` values are kept to find percentiles among them; more are gone through several times. */
export async function querySummary(
  tables: Tables,
  query: PeriodQuery,
  maxKept: number,
): Promise<PeriodSummary | undefined> {
  const totals = new Totals()
  let kept = new Float64Array(4096)
  for await (const value of valuesOf(tables, query)) {
    if (totals.count === kept.length && kept.length < maxKept) {
      const larger = new Float64Array(Math.min(maxKept, kept.length * 2))
      larger.set(kept)
      kept = larger
    }
    // Beyond its length this does nothing.
    kept[totals.count] = value
    totals.add(value)
  }
  const { count, min, max, avg } = totals
  if (count === 0) return undefined
  const ranks = [nearestRank(50, count), nearestRank(95, count)]
  const found =
    count > kept.length ? await searched(tables, query, ranks) : await selected(kept, count, ranks)
  // What has changed between passes must not lead beyond what was seen.
  const [p50 = min, p95 = max] = found.map((value) => Math.min(max, Math.max(min, value)))
  return { min, max, avg, count, p50, p95 }
}

async function* valuesOf(tables: Tables, query: PeriodQuery): AsyncGenerator<number> {
  for await (const row of countingRows(tables, query)) yield Number(row['calibratedValue'])
}

/** Of the qualities that count. Copies of a reading may differ in theirs, so the server cannot choose. */
async function* countingRows(
  tables: Tables,
  { orgId, deviceId, port, fromMs, toMs, qualities }: PeriodQuery,
): AsyncGenerator<Bson> {
  for await (const row of scan(tables, { orgId, deviceId, port, fromMs, toMs, fields: VALUES }))
    if (qualities === undefined || qualities.includes(qualityOf(row))) yield row
}

async function selected(
  values: Float64Array,
  count: number,
  ranks: readonly number[],
): Promise<readonly number[]> {
  for (const _ of selectRanks(values, count, ranks)) await setImmediate()
  return ranks.map((rank) => values[rank] ?? Number.NaN)
}

async function searched(
  tables: Tables,
  query: PeriodQuery,
  ranks: readonly number[],
): Promise<readonly number[]> {
  const searches = ranks.map((rank) => new RankSearch(rank))
  for (;;) {
    for await (const value of valuesOf(tables, query)) for (const search of searches) search.add(value)
    const found = searches.map((search) => search.endPass())
    if (found.every((value) => value !== undefined)) return found
  }
}

/** The bucket that a page ended with. */
function parseCursor(cursor: string, width: string): number {
  const [of, ts = '', ...rest] = cursor.split(':')
  if (of !== width || rest.length > 0 || !/^-?\d{1,16}$/.test(ts)) {
    throw new InvalidCursor('not one that a query for these buckets has returned')
  }
  return Number(ts)
}
