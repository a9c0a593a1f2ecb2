/** The plainest way to work out what history answers: from all readings, each time anew. */
import { Temporal } from 'temporal-polyfill'
import { expect } from 'vitest'

import { bucketWidthsMs } from '../port.ts'
import type { BucketQuery, PeriodSummary, SeriesBucket, SeriesPoint, SeriesReading } from '../port.ts'

/** What is stored of readings that arrived in this order: the first under each key, by time. */
export function storedOf(arrived: readonly SeriesReading[]): readonly SeriesReading[] {
  const stored = new Map<string, SeriesReading>()
  for (const one of arrived) {
    const key = JSON.stringify([one.orgId, one.deviceId, one.port, one.ts])
    if (!stored.has(key)) stored.set(key, one)
  }
  return [...stored.values()].sort((a, b) => a.ts - b.ts || a.port - b.port)
}

/** Of readings of one series, by time. */
export function bucketsOf(
  readings: readonly SeriesPoint[],
  width: BucketQuery['width'],
  timeZone?: string,
): readonly SeriesBucket[] {
  const start = ({ ts }: SeriesPoint): number =>
    timeZone !== undefined && width === '1d'
      ? Temporal.Instant.fromEpochMilliseconds(ts).toZonedDateTimeISO(timeZone).startOfDay().epochMilliseconds
      : Math.floor(ts / bucketWidthsMs[width]) * bucketWidthsMs[width]
  return [...Map.groupBy(readings, start)].map(([ts, inBucket]) => {
    const { min, max, avg, count } = summaryOf(inBucket)
    return { ts, min, max, avg, count, last: inBucket.at(-1)?.calibratedValue ?? Number.NaN }
  })
}

export function summaryOf(readings: readonly SeriesPoint[]): PeriodSummary {
  const sorted = readings.map(({ calibratedValue }) => calibratedValue).sort((a, b) => a - b)
  const count = sorted.length
  const ranked = (percent: number): number => sorted[Math.ceil((count * percent) / 100) - 1] ?? Number.NaN
  return {
    min: ranked(0.000_001),
    max: ranked(100),
    avg: sorted.reduce((sum, value) => sum + value, 0) / count,
    count,
    p50: ranked(50),
    p95: ranked(95),
  }
}

/** Far below anything measured, and where doubles begin to lose digits. */
const tiniest = 1e-300

/** All but the average exactly: a sum depends on the order of its parts. */
export function expectSame<T extends { readonly avg: number; readonly max: number; readonly min: number }>(
  actual: readonly T[],
  expected: readonly T[],
): void {
  expect(actual.map(withoutAverage)).toEqual(expected.map(withoutAverage))
  const apart = actual.filter((one, i) => {
    const other = expected[i] ?? one
    return !(
      Math.abs(one.avg - other.avg) <=
      1e-9 * Math.max(tiniest, Math.abs(other.min), Math.abs(other.max))
    )
  })
  expect(apart).toEqual([])
}

/** Adding 0 makes no difference but between 0 and -0, which aggregates may take for each other. */
export function withoutAverage<T extends { readonly avg: number }>(one: T): Omit<T, 'avg'> {
  const { avg: _avg, ...rest } = one
  const plain = Object.entries(rest).map(([name, value]) => [name, Number(value) + 0])
  return { ...rest, ...Object.fromEntries(plain) }
}
