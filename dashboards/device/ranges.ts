import type { BucketView } from '../shared/api-types.ts'

export interface Range {
  readonly key: string
  /** On its button. */
  readonly label: string
  /** Completes "last …". */
  readonly name: string
  readonly spanMs: number
  /** What the platform is asked for; none for the readings themselves, as they come. */
  readonly bucket?: '5m' | '1h' | '1d'
}

const minuteMs = 60_000
const dayMs = 1440 * minuteMs

export const live: Range = {
  key: 'live',
  label: '15 min',
  name: '15 minutes',
  spanMs: 15 * minuteMs,
}

/** So many buckets each that a chart has about a pixel or two for one. */
export const ranges: readonly Range[] = [
  live,
  { key: 'day', label: 'Day', name: '24 hours', spanMs: dayMs, bucket: '5m' },
  { key: 'week', label: 'Week', name: '7 days', spanMs: 7 * dayMs, bucket: '1h' },
  { key: 'month', label: 'Month', name: '30 days', spanMs: 30 * dayMs, bucket: '1h' },
  { key: 'year', label: 'Year', name: '12 months', spanMs: 365 * dayMs, bucket: '1d' },
]

/** A line and its figures, worked out from buckets. */
export interface Past {
  readonly times: readonly number[]
  readonly values: readonly number[]
  readonly min: number
  readonly max: number
  readonly average: number
}

/** Undefined without buckets. A switch has no average, but where it stood last. */
export function pastOf(buckets: readonly BucketView[], isSwitch: boolean): Past | undefined {
  if (buckets.length === 0) return undefined
  const count = buckets.reduce((sum, one) => sum + one.count, 0)
  return {
    times: buckets.map(({ ts }) => Date.parse(ts)),
    values: buckets.map(({ avg, last }) => (isSwitch ? last : avg)),
    min: buckets.reduce((least, { min }) => Math.min(least, min), Infinity),
    max: buckets.reduce((greatest, { max }) => Math.max(greatest, max), -Infinity),
    average: buckets.reduce((sum, one) => sum + one.avg * (one.count / count), 0),
  }
}
