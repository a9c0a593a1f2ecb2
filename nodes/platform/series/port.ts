/**
 * The series port: the time series of every port of every device.
 *
 * Exactly-once storing is shared between the caller and the adapter: the caller asks `contains` for readings that are
 * not newer than all it has seen, the adapter drops repeats of (device, port, ts) when it brings readings into order.
 * The first value stored under a key stays.
 */

/** Whether a stored value can be trusted, and if not, why. */
export type Quality = 'good' | 'out-of-range' | 'late' | 'suspect'

/** Names one series. Device ids are unique over all organizations; `orgId` keeps every query inside its tenant. */
export interface SeriesKey {
  readonly orgId: string
  readonly deviceId: string
  readonly port: number
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
  readonly limit: number
  readonly cursor?: string
}

export interface RangePage {
  readonly items: readonly (SeriesPoint & { readonly port: number })[]
  readonly nextCursor?: string
}

export interface SeriesStatistics {
  /** Repeats that have not met in a merge yet count more than once. */
  readonly readings: number
  readonly series: number
  readonly bytes: number
}

export interface SeriesStore {
  /**
   * Readings can be read as soon as the promise resolves; `durable` resolves when they would survive a crash without
   * the stream. Waits while too much is on its way to disk, so that memory stays bounded. An empty append tells when
   * what was appended before is durable.
   */
  append(readings: readonly SeriesReading[]): Promise<{ readonly durable: Promise<void> }>
  /** For each key whether a reading at `ts` is stored. */
  contains(keys: readonly (SeriesKey & { readonly ts: number })[]): Promise<readonly boolean[]>
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
  /** Undefined while writes succeed; else what is in the way. */
  readonly trouble: Error | undefined
  close(): Promise<void>
}
