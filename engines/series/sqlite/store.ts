/** The series store on SQLite: a tail in memory, sorted runs on disk. See `../sqlite.ts`. */
import type {
  BucketPage,
  BucketQuery,
  DevicePeriod,
  PeriodQuery,
  PeriodSummary,
  RangePage,
  RangeQuery,
  ReadingKey,
  SeriesPoint,
  SeriesReading,
  SeriesStatistics,
  SeriesStore,
} from '../../../nodes/platform/series/port.ts'
import { rangeOfQualities } from '../../../nodes/platform/series/range-of-qualities.ts'
import { queryBuckets, querySummary } from './history.ts'
import { f64 } from './element.ts'
import { mergePage } from './merge-page.ts'
import { findOldest } from './oldest.ts'
import type { Oldest } from './oldest.ts'
import { cursorAfter, queryRange } from './query.ts'
import { pointAt, RunSource } from './range.ts'
import type { SeriesReader } from './reader.ts'
import type { Registry } from './registry.ts'
import type { Receipt } from './tail.ts'
import type { Tails } from './tails.ts'
import type { Writer } from './writer.ts'

type PortPoint = SeriesPoint & { readonly port: number }

export interface Parts {
  readonly registry: Registry
  readonly tails: Tails
  readonly reader: SeriesReader
  readonly writer: Writer
  readonly trouble: () => Error | undefined
  readonly release: () => void
  readonly closeTimeoutMs: number
  readonly maxSummaryValues: number
}

export class SqliteSeries implements SeriesStore {
  readonly #parts: Parts
  #closed: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get trouble(): Error | undefined {
    return this.#parts.trouble()
  }

  /** Of another SQLite file, in the thread that waits for the disk in any case (log-keeper.ts). */
  copyLog(file: string): Promise<void> {
    return this.#parts.writer.copyLog(file)
  }

  append(readings: readonly SeriesReading[]): Promise<Receipt> {
    return this.#parts.tails.append(readings)
  }

  async rawValues(keys: readonly ReadingKey[]): Promise<readonly (number | undefined)[]> {
    const { registry, reader } = this.#parts
    return reader.snapshot(() =>
      keys.map(({ orgId, deviceId, port, ts }) => {
        const series = registry.find(orgId, deviceId)?.series(port)
        return series === undefined ? undefined : this.#rawValue(series, ts)
      }),
    )
  }

  async latest(orgId: string, deviceId: string): Promise<readonly PortPoint[]> {
    const { registry, reader } = this.#parts
    const device = registry.find(orgId, deviceId)
    if (device === undefined) return []
    return reader.snapshot(() => device.all().flatMap(({ port, series }) => this.#newest(series, port) ?? []))
  }

  async range(query: RangeQuery): Promise<RangePage> {
    return await rangeOfQualities(query, {
      page: async (all) => queryRange(this.#parts, all),
      cursorAfter,
    })
  }

  buckets(query: BucketQuery): Promise<BucketPage> {
    return queryBuckets(this.#parts, query)
  }

  summary(query: PeriodQuery): Promise<PeriodSummary | undefined> {
    return querySummary(this.#parts, query, this.#parts.maxSummaryValues)
  }

  oldest(orgId: string, beforeMs = Infinity): Promise<readonly Oldest[]> {
    return findOldest(this.#parts, orgId, beforeMs)
  }

  prune(orgId: string, beforeMs: number): Promise<number> {
    return this.#delete(this.#parts.registry.seriesOf(orgId), -Infinity, beforeMs)
  }

  async removePeriod({ orgId, deviceId, port, fromMs, toMs }: DevicePeriod): Promise<number> {
    const device = this.#parts.registry.find(orgId, deviceId)
    const entries = device?.all().filter((entry) => port === undefined || entry.port === port) ?? []
    const series = entries.map((entry) => entry.series)
    return await this.#delete(series, fromMs, toMs)
  }

  async removeReadings(keys: readonly ReadingKey[]): Promise<void> {
    const { registry, tails, writer } = this.#parts
    const instants = new Map(
      [
        ...Map.groupBy(keys, ({ orgId, deviceId, port }) => registry.find(orgId, deviceId)?.series(port)),
      ].flatMap(([series, of]) =>
        series === undefined ? [] : [[series, Float64Array.from(of, ({ ts }) => ts).sort()]],
      ),
    )
    if (instants.size === 0) return
    await writer.removeInstants(tails.sealAll(), instants)
    for (const [series, times] of instants) {
      if (times.includes(registry.newest.ts(series))) tails.forgetNewest(series)
      else registry.newest.forgetDisk(series)
    }
  }

  async removeDevice(orgId: string, deviceId: string): Promise<void> {
    const { registry, tails, writer } = this.#parts
    const series = registry.remove(orgId, deviceId)
    tails.forgetDevices()
    if (series.length === 0) return
    const afterTail = tails.sealAll()
    await writer.remove(afterTail, Int32Array.from(series))
  }

  async flush(): Promise<void> {
    await this.#parts.tails.flush()
  }

  async statistics(): Promise<SeriesStatistics> {
    const { registry, reader, tails } = this.#parts
    return reader.snapshot(() => ({
      // The worker may have written a tail and not said so yet.
      readings: reader.runs.reduce((sum, run) => sum + run.readings, tails.rowsAfter(reader.lastTail())),
      series: registry.count,
      bytes: reader.bytes(),
    }))
  }

  bytesOf(orgId: string): Promise<number> {
    return this.#parts.reader.bytesOf(orgId)
  }

  /** Resolves when all that was appended is on disk and there is nothing left to merge. */
  async settled(): Promise<void> {
    await this.flush()
    const { tails, writer } = this.#parts
    await writer.settle(tails.sealAll())
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const { tails, writer, reader, release, closeTimeoutMs } = this.#parts
    const unwritten = await tails.close(closeTimeoutMs)
    reader.close()
    await writer.close()
    release()
    if (unwritten > 0) {
      const error = new Error(`Series store closed with ${unwritten} readings not written`, {
        cause: this.trouble,
      })
      tails.giveUp(error)
      throw error
    }
  }

  async #delete(series: readonly number[], fromMs: number, toMs: number): Promise<number> {
    const { registry, tails, writer } = this.#parts
    if (series.length === 0) return 0
    const afterTail = tails.sealAll()
    const deleted = await writer.prune(afterTail, Int32Array.from(series), fromMs, toMs)
    for (const id of series) {
      const newest = registry.newest.ts(id)
      if (newest < fromMs || newest >= toMs) registry.newest.forgetDisk(id)
      else tails.forgetNewest(id)
    }
    return deleted
  }

  #rawValue(series: number, ts: number): number | undefined {
    const { registry, tails, reader } = this.#parts
    const inTail = ts <= registry.newest.ts(series) ? tails.rawValue(series, ts) : undefined
    if (inTail !== undefined) return inTail
    const { newest } = registry
    // A process that has appended to a series later finds on disk what came from it, too.
    if (ts > Math.max(newest.ts(series), this.#newestOnDisk(series))) return undefined
    const found = reader.find(series, ts)
    return found === undefined ? undefined : f64(found.chunk.raw, found.at)
  }

  #newest(series: number, port: number): PortPoint | undefined {
    const { newest } = this.#parts.registry
    const onDisk = this.#newestOnDisk(series)
    if (onDisk > -Infinity && onDisk >= newest.ts(series)) this.#takeFromDisk(series, onDisk)
    return newest.ts(series) === -Infinity ? undefined : newest.point(series, port)
  }

  /** Looked up once: what comes later comes through this process. */
  #newestOnDisk(series: number): number {
    const { registry, reader } = this.#parts
    const known = registry.newest.onDisk(series)
    if (!Number.isNaN(known)) return known
    const ts = reader.newestTs(series, registry.newest.lastDay(series))
    registry.newest.setOnDisk(series, ts)
    return ts
  }

  #takeFromDisk(series: number, ts: number): void {
    const { registry, reader } = this.#parts
    const { newest } = registry
    const found = reader.find(series, ts)
    const point = found === undefined ? this.#lastSound(series) : pointAt(found.chunk, found.at, 0)
    if (point !== undefined && point.ts >= newest.ts(series)) newest.replace(series, point)
    if (point?.ts === ts) newest.setOnDisk(series, -Infinity)
  }

  /** The newest is damaged: the one before it will do. */
  #lastSound(series: number): SeriesPoint | undefined {
    const { reader } = this.#parts
    const window = { fromMs: -Infinity, toMs: Infinity, descending: true }
    const sources = reader.runs.map((run) => new RunSource(reader, run, series, 0, window))
    return mergePage(sources, true, 1, undefined)[0]
  }
}
