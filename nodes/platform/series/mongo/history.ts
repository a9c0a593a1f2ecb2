/** Buckets and summaries: true totals of days where there are, the readings themselves elsewhere. */
import { setImmediate } from 'node:timers/promises'

import { InvalidCursor } from '../../kit/invalid-cursor.ts'
import { BucketFold, Totals } from '../bucket-fold.ts'
import { nearestRank, selectRanks } from '../nearest-rank.ts'
import { bucketWidthsMs } from '../port.ts'
import type { BucketPage, BucketQuery, PeriodQuery, PeriodSummary } from '../port.ts'
import { encodeId } from './names.ts'
import { scan } from './scan.ts'
import type { DayRow, Tables } from './tables.ts'
import { DAY_MS, exactTime } from './time.ts'
import { fromRow } from './totals.ts'

const HOUR_MS = bucketWidthsMs['1h']
const VALUES = { calibratedValue: 1 } as const

/** @throws InvalidCursor, RangeError */
export async function queryBuckets(tables: Tables, query: BucketQuery): Promise<BucketPage> {
  const { limit, width } = query
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`limit must be a positive whole number: ${limit}`)
  }
  const widthMs = bucketWidthsMs[width]
  const afterMs = query.cursor === undefined ? -Infinity : parseCursor(query.cursor, width) + widthMs
  const period = { ...query, fromMs: Math.max(query.fromMs, afterMs) }
  const fold = new BucketFold(widthMs)
  await (widthMs < HOUR_MS ? foldReadings(tables, period, fold, limit) : foldDays(tables, period, fold))
  const buckets = fold.buckets()
  const last = buckets[limit - 1]
  if (buckets.length <= limit || last === undefined) return { items: buckets }
  return { items: buckets.slice(0, limit), nextCursor: `${width}:${last.ts}` }
}

/** Until there is one bucket more than asked for, which tells that there is a next page. */
async function foldReadings(
  tables: Tables,
  { orgId, deviceId, port, fromMs, toMs }: PeriodQuery,
  fold: BucketFold,
  limit: number,
): Promise<void> {
  for await (const row of scan(tables, { orgId, deviceId, port, fromMs, toMs, fields: VALUES })) {
    fold.add(exactTime(row), Number(row['calibratedValue']))
    if (fold.length > limit) return
  }
}

async function foldDays(tables: Tables, query: BucketQuery, fold: BucketFold): Promise<void> {
  const { orgId, deviceId, port, fromMs, toMs, limit, width } = query
  if (!(fromMs < toMs)) return
  const days = tables.days
    .find(
      {
        org: encodeId(orgId),
        device: encodeId(deviceId),
        port,
        day: { $gt: fromMs - DAY_MS, $lt: toMs },
      },
      { projection: { day: 1, marks: 1, rolled: 1, [width === '1h' ? 'hours' : 'total']: 1 } },
    )
    .sort({ day: 1 })
  try {
    // Neighbouring days without true totals are read in one go.
    let pending: { readonly fromMs: number; toMs: number } | undefined
    for await (const day of days) {
      const isWhole = day.day >= fromMs && day.day + DAY_MS <= toMs
      const isTrue = isWhole && day.rolled === day.marks
      if (!isTrue && pending?.toMs === day.day) {
        pending.toMs = Math.min(toMs, day.day + DAY_MS)
        continue
      }
      if (pending !== undefined) await foldReadings(tables, { ...query, ...pending }, fold, limit)
      pending = undefined
      if (fold.length > limit) return
      if (isTrue) foldTotals(day, width, fold)
      else pending = { fromMs: Math.max(fromMs, day.day), toMs: Math.min(toMs, day.day + DAY_MS) }
      if (fold.length > limit) return
    }
    if (pending !== undefined) await foldReadings(tables, { ...query, ...pending }, fold, limit)
  } finally {
    await days.close()
  }
}

function foldTotals({ day, total, hours = {} }: DayRow, width: string, fold: BucketFold): void {
  if (width !== '1h') {
    if (total !== undefined) fold.addTotals(day, fromRow(total))
    return
  }
  const ascending = Object.entries(hours).sort(([a], [b]) => Number(a) - Number(b))
  for (const [hour, totals] of ascending) fold.addTotals(day + Number(hour) * HOUR_MS, fromRow(totals))
}

export async function querySummary(tables: Tables, query: PeriodQuery): Promise<PeriodSummary | undefined> {
  const { orgId, deviceId, port, fromMs, toMs } = query
  const totals = new Totals()
  let all = new Float64Array(4096)
  for await (const row of scan(tables, { orgId, deviceId, port, fromMs, toMs, fields: VALUES })) {
    if (totals.count === all.length) {
      const larger = new Float64Array(all.length * 2)
      larger.set(all)
      all = larger
    }
    const value = Number(row['calibratedValue'])
    all[totals.count] = value
    totals.add(value)
  }
  const { count, min, max, avg } = totals
  if (count === 0) return undefined
  const p50 = nearestRank(50, count)
  const p95 = nearestRank(95, count)
  for (const _ of selectRanks(all, count, [p50, p95])) await setImmediate()
  return { min, max, avg, count, p50: all[p50] ?? Number.NaN, p95: all[p95] ?? Number.NaN }
}

/** The bucket that a page ended with. */
function parseCursor(cursor: string, width: string): number {
  const [of, ts = '', ...rest] = cursor.split(':')
  if (of !== width || rest.length > 0 || !/^-?\d{1,16}$/.test(ts)) {
    throw new InvalidCursor('not one that a query for these buckets has returned')
  }
  return Number(ts)
}
