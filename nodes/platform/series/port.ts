/**
 * The series port: the time series of every port of every device.
 *
 * Exactly-once storing is shared between the caller and the adapter: the caller asks `rawValues` for readings that are
 * not newer than all it has seen, the adapter drops repeats of (device, port, ts) when it brings readings into order.
 * The first value stored under a key stays.
 */

/** Whether a stored value can be trusted, and if not, why. */
export const qualities = ['good', 'out-of-range', 'late', 'suspect'] as const
export type Quality = (typeof qualities)[number]
/**
 * Those that count; all when absent. Which of several readings under one key is stored does not depend on it: one that is not
 * asked for hides its repeats.
 */
export type Qualities = readonly Quality[]

/** Names one series. Device ids are unique over all organizations; `orgId` keeps every query inside its tenant. */
export interface SeriesKey {
  readonly orgId: string
  readonly deviceId: string
  readonly port: number
}

/** Names one reading. */
export interface ReadingKey extends SeriesKey {
  readonly ts: number
}

export interface SeriesPoint {
  /** When it was measured, epoch milliseconds. */
  readonly ts: number
  readonly rawValue: number
  readonly calibratedValue: number
  readonly quality: Quality
  /** When the platform received it, epoch milliseconds. */
  readonly ingestTs: number
}

export interface SeriesReading extends SeriesKey, SeriesPoint {}

export interface RangeQuery {
  readonly orgId: string
  readonly deviceId: string
  /** All ports of the device when absent. */
  readonly port?: number
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
  /** Default `ascending`, by (ts, port). */
  readonly direction?: 'ascending' | 'descending'
  /** Of a page; with `qualities` one may have fewer and still not be the last. */
  readonly limit: number
  readonly cursor?: string
  readonly qualities?: Qualities
}

export interface RangePage {
  readonly items: readonly (SeriesPoint & { readonly port: number })[]
  readonly nextCursor?: string
}

/** Widths of history's buckets; without a zone they begin at whole multiples since the epoch, so days are UTC days. */
export const bucketWidthsMs = { '1m': 60_000, '5m': 300_000, '1h': 3_600_000, '1d': 86_400_000 } as const
export type BucketWidth = keyof typeof bucketWidthsMs

export interface PeriodQuery extends SeriesKey {
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
  readonly qualities?: Qualities
}

export interface BucketQuery extends PeriodQuery {
  readonly width: BucketWidth
  /** An IANA zone whose days and hours the buckets are: a day may have 23 or 25 hours. */
  readonly timeZone?: string
  /** Buckets on a page. */
  readonly limit: number
  readonly cursor?: string
}

/** What was measured in one bucket, of calibrated values. Buckets without readings do not exist. */
export interface SeriesBucket {
  /** Where the bucket begins, epoch milliseconds; also where `fromMs` or `toMs` cut it short. */
  readonly ts: number
  readonly min: number
  readonly max: number
  readonly avg: number
  readonly count: number
  /** The value with the newest `ts`. */
  readonly last: number
}

export interface BucketPage {
  /** Ascending. */
  readonly items: readonly SeriesBucket[]
  readonly nextCursor?: string
}

/** Of calibrated values; percentiles are exact, by nearest rank. */
export interface PeriodSummary {
  readonly min: number
  readonly max: number
  readonly avg: number
  readonly count: number
  readonly p50: number
  readonly p95: number
}

/** A range of one device, to be deleted. */
export interface DevicePeriod {
  readonly orgId: string
  readonly deviceId: string
  /** All ports when absent. */
  readonly port?: number
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** What a year of data needs of a series store. */
export interface SeriesHistory {
  /**
   * Rejects with InvalidCursor when `cursor` did not come from a page's `nextCursor` of the same width. Pages stay valid
   * while readings are added, as those of `range` do. Totals that were worked out before are taken where they hold, for
   * readings of any quality; with `qualities` the readings themselves are counted.
   */
  buckets(query: BucketQuery): Promise<BucketPage>
  /** Undefined when nothing was measured in the period. */
  summary(query: PeriodQuery): Promise<PeriodSummary | undefined>
  /**
   * The oldest measuring time of each device of the organization that has readings, or has any from before `beforeMs`,
   * for retention: where nothing is that old, that costs next to nothing.
   */
  oldest(
    orgId: string,
    beforeMs?: number,
  ): Promise<readonly { readonly deviceId: string; readonly ts: number }[]>
  /**
   * Deletes the period's readings and what was worked out from them; returns how many readings went. What arrives for
   * the period afterwards is stored as if it were new.
   */
  removePeriod(period: DevicePeriod): Promise<number>
  /**
   * Deletes what is stored under these keys and what was worked out from it, so that other values can be stored there. Costs about the
   * same for many keys as for one.
   */
  removeReadings(keys: readonly ReadingKey[]): Promise<void>
}

export interface SeriesStatistics {
  /** Repeats that have not met in a merge yet count more than once. */
  readonly readings: number
  readonly series: number
  readonly bytes: number
}

export interface SeriesStore extends SeriesHistory {
  /**
   * Readings can be read as soon as the promise resolves; `durable` resolves when they would survive a crash without
   * the stream. Waits while too much is on its way to disk, so that memory stays bounded. An empty append tells when
   * what was appended before is durable.
   */
  append(readings: readonly SeriesReading[]): Promise<{ readonly durable: Promise<void> }>
  /** For each key the raw value that is stored at `ts`; undefined where there is none. */
  rawValues(keys: readonly ReadingKey[]): Promise<readonly (number | undefined)[]>
  /** The newest reading of each port of the device that has any. */
  latest(orgId: string, deviceId: string): Promise<readonly (SeriesPoint & { readonly port: number })[]>
  /** Rejects with InvalidCursor when `cursor` did not come from a page's `nextCursor`. */
  range(query: RangeQuery): Promise<RangePage>
  /** Deletes what was measured before `beforeMs`, for one organization; returns how many readings went. */
  prune(orgId: string, beforeMs: number): Promise<number>
  /** Deletes all series of a device. */
  removeDevice(orgId: string, deviceId: string): Promise<void>
  /** Writes out what is only in memory; resolves when durable. */
  flush(): Promise<void>
  statistics(): Promise<SeriesStatistics>
  /**
   * What an organization's readings take, bytes, as far as they are on disk: near enough to bill or to limit by. It is added
   * up in slices that leave others their turn, so what is written meanwhile may count or not.
   */
  bytesOf(orgId: string): Promise<number>
  /** Undefined while writes succeed; else what is in the way. */
  readonly trouble: Error | undefined
  close(): Promise<void>
}
