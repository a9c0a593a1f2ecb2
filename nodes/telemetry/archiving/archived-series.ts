/**
 * The series with what is archived of them: queries that reach back into archived days find the same as before. Recent
 * periods never ask the archive for anything.
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import { InvalidCursor } from '../../platform/kit/invalid-cursor.ts'
import { BucketFold, joined, Totals } from '../../platform/series/bucket-fold.ts'
import { type BucketGrid, gridOf } from '../../platform/series/bucket-grid.ts'
import { nearestRank, selectRanks } from '../../platform/series/nearest-rank.ts'
import {
  type BucketPage,
  type BucketQuery,
  type DevicePeriod,
  type PeriodQuery,
  type PeriodSummary,
  type RangePage,
  type ReadingKey,
  type RangeQuery,
  type SeriesBucket,
  type SeriesReading,
  type SeriesStatistics,
  type SeriesStore,
} from '../../platform/series/port.ts'
import type { ArchiveIndex, OrganizationArchive } from './archive-index.ts'
import type { ArchivedReadings } from './archived-readings.ts'
import type { ArchivedPoint } from './columns.ts'
import { joinedWithLate, type LastWins } from './corrections.ts'
import { type DeviceNotes, newestOf } from './device-notes.ts'
import type { Fence } from './fence.ts'
import { liveBuckets, livePages } from './live-readings.ts'
import { dayMs } from './days.ts'
import { isAfter, narrowed, parsePosition, positionText } from './position.ts'
import { type Span, spansOf } from './spans.ts'

export interface ArchivedSeriesParts {
  readonly live: SeriesStore
  readonly index: ArchiveIndex
  readonly readings: ArchivedReadings
  readonly notes: DeviceNotes
  readonly fence: Fence
  readonly lastWins: LastWins
  readonly clock: Clock
}

/** What one query sees of the archive. */
interface View {
  readonly organization: OrganizationArchive
  readonly days: readonly number[]
  /** How many files have something of it. */
  readonly files: number
  readonly removedAtMs: number
}

type Period = Pick<PeriodQuery, 'orgId' | 'deviceId' | 'fromMs' | 'toMs' | 'qualities'> & {
  readonly port?: number
}

export class ArchivedSeries implements SeriesStore {
  readonly #live: SeriesStore
  readonly #parts: ArchivedSeriesParts

  constructor(parts: ArchivedSeriesParts) {
    this.#live = parts.live
    this.#parts = parts
  }

  append(readings: readonly SeriesReading[]): Promise<{ readonly durable: Promise<void> }> {
    return this.#parts.fence.append(readings, (free) => this.#live.append(free))
  }

  /** Of the live series alone: ingestion must not wait for the archive. Repeats are dropped by queries, and when archived; other
   * values correct what is archived, or are told, by then. */
  rawValues(keys: readonly ReadingKey[]): ReturnType<SeriesStore['rawValues']> {
    return this.#live.rawValues(keys)
  }

  async latest(orgId: string, deviceId: string): ReturnType<SeriesStore['latest']> {
    const live = await this.#live.latest(orgId, deviceId)
    const archived = await this.#parts.notes.newest(orgId, deviceId)
    if (archived.length === 0) return live
    return newestOf(this.#parts.lastWins(orgId, deviceId) ? [...live, ...archived] : [...archived, ...live])
  }

  async range(query: RangeQuery): Promise<RangePage> {
    checkLimit(query.limit)
    const after = query.cursor === undefined ? undefined : parsePosition(query.cursor)
    const isDescending = query.direction === 'descending'
    const window = narrowed(query, after)
    return await this.#consistently(window, async (view) => {
      const ascending = spansOf(window.fromMs, window.toMs, view?.days ?? [])
      const items: ArchivedPoint[] = []
      for (const span of isDescending ? ascending.toReversed() : ascending) {
        // One more than asked for tells whether there is a next page.
        const wanted = query.limit + 1 - items.length
        if (wanted <= 0) break
        for await (const points of this.#points(window, span, view, Math.min(wanted + portsAtOnce, 10_000))) {
          for (const point of points) if (isAfter(point, after, isDescending)) items.push(point)
          if (items.length > query.limit) break
        }
      }
      const last = items[query.limit - 1]
      if (items.length <= query.limit || last === undefined) return { items }
      return { items: items.slice(0, query.limit), nextCursor: positionText(last) }
    })
  }

  async buckets(query: BucketQuery): Promise<BucketPage> {
    checkLimit(query.limit)
    const { cursor, ...uncut } = query
    const grid = gridOf(query)
    const afterMs = cursor === undefined ? -Infinity : grid.endOf(parseBucket(cursor, query.width))
    const window = { ...uncut, fromMs: Math.max(query.fromMs, afterMs) }
    return await this.#consistently(window, async (view) => {
      const items: SeriesBucket[] = []
      for (const span of spansOf(window.fromMs, window.toMs, view?.days ?? [])) {
        const wanted = query.limit + 1 - items.length
        if (wanted <= 0) break
        const found = await this.#bucketsOf({ ...window, limit: wanted + 1 }, grid, span, view)
        for (const bucket of found) {
          // Spans are cut at UTC's midnight, a zone's day is not: the first may go on with the last, hence one more.
          const before = items.at(-1)
          if (before?.ts === bucket.ts) items[items.length - 1] = joined(before, bucket)
          else items.push(bucket)
        }
      }
      const last = items[query.limit - 1]
      if (items.length <= query.limit || last === undefined) return { items }
      return { items: items.slice(0, query.limit), nextCursor: `${query.width}:${last.ts}` }
    })
  }

  async summary(query: PeriodQuery): Promise<PeriodSummary | undefined> {
    return await this.#consistently(query, async (view) => {
      if (view === undefined) return await this.#live.summary(query)
      const totals = new Totals()
      let values = new Float64Array(4096)
      for (const span of spansOf(query.fromMs, query.toMs, view.days)) {
        for await (const points of this.#points(query, span, view)) {
          values = withRoom(values, totals.count, points.length)
          for (const { calibratedValue } of points) {
            values[totals.count] = calibratedValue
            totals.add(calibratedValue)
          }
        }
      }
      return await summarize(totals, values)
    })
  }

  oldest(orgId: string, beforeMs?: number): ReturnType<SeriesStore['oldest']> {
    return this.#live.oldest(orgId, beforeMs)
  }

  removePeriod(period: DevicePeriod): Promise<number> {
    return this.#live.removePeriod(period)
  }

  removeReadings(keys: readonly ReadingKey[]): Promise<void> {
    return this.#live.removeReadings(keys)
  }

  prune(orgId: string, beforeMs: number): Promise<number> {
    return this.#live.prune(orgId, beforeMs)
  }

  async removeDevice(orgId: string, deviceId: string): Promise<void> {
    await Promise.all([this.#live.removeDevice(orgId, deviceId), this.#noteRemoval(orgId, deviceId)])
  }

  /** What is archived of it belongs to the past from here on, also when the clock was ahead as it was archived. */
  async #noteRemoval(orgId: string, deviceId: string): Promise<void> {
    const { clock, notes } = this.#parts
    const nowMs = clock.nowMs()
    const removedAtMs = Math.max(nowMs, await this.#lastArchivedMs(orgId))
    await notes.deviceRemoved(orgId, deviceId, removedAtMs)
  }

  /** As far as is known: a device can be removed while the archive is away. */
  async #lastArchivedMs(orgId: string): Promise<number> {
    const known = await this.#parts.index.organization(orgId).catch(() => undefined)
    return known?.lastArchivedMs ?? -Infinity
  }

  flush(): Promise<void> {
    return this.#live.flush()
  }

  statistics(): Promise<SeriesStatistics> {
    return this.#live.statistics()
  }

  bytesOf(orgId: string): Promise<number> {
    return this.#live.bytesOf(orgId)
  }

  get trouble(): Error | undefined {
    return this.#live.trouble
  }

  close(): Promise<void> {
    return this.#live.close()
  }

  /** Answers anew if days of the organization were archived, and perhaps removed, while the answer was being made. */
  async #consistently<T>(period: Period, answer: (view: View | undefined) => Promise<T>): Promise<T> {
    for (;;) {
      const view = await this.#view(period)
      const answered = await answer(view)
      const after = await this.#view(period)
      if (after?.files === view?.files) return answered
    }
  }

  /** Undefined when nothing of the period is archived. */
  async #view(period: Period): Promise<View | undefined> {
    if (period.fromMs >= period.toMs || this.#isRecent(period)) return undefined
    const { orgId, deviceId } = period
    const organization = await this.#parts.index.organization(orgId)
    const days = organization.daysOf(deviceId, period.fromMs, period.toMs)
    if (days.length === 0) return undefined
    const files = days.reduce((sum, day) => sum + organization.partsOf(deviceId, day).length, 0)
    const removedAtMs = await this.#parts.notes.removedAtMs(orgId, deviceId)
    return { organization, days, files, removedAtMs }
  }

  /** Retention is a day at least: what is younger cannot be in the archive. */
  #isRecent({ fromMs }: Period): boolean {
    return fromMs >= this.#parts.clock.nowMs() - dayMs
  }

  async *#points(
    period: Period & { readonly direction?: RangeQuery['direction'] },
    span: Span,
    view: View | undefined,
    limit?: number,
  ): AsyncGenerator<readonly ArchivedPoint[]> {
    const { orgId, deviceId, port, qualities, direction = 'ascending' } = period
    const { fromMs, toMs } = span
    const query = { orgId, deviceId, fromMs, toMs, ...(port === undefined ? {} : { port }) }
    if (span.kind === 'live' || view === undefined) {
      const counting = qualities === undefined ? {} : { qualities }
      yield* livePages(this.#live, { ...query, ...counting, direction }, limit)
      return
    }
    const counts = ({ archivedAtMs }: { readonly archivedAtMs: number }): boolean =>
      archivedAtMs > view.removedAtMs
    const all = await this.#parts.readings.day(view.organization, deviceId, span.day, port, counts)
    const archived = all.filter(({ ts }) => ts >= fromMs && ts < toMs)
    const late: ArchivedPoint[] = []
    for await (const items of livePages(this.#live, query)) late.push(...items)
    const stored = joinedWithLate(archived, late, this.#parts.lastWins(orgId, deviceId))
    // What does not count has hidden its repeats by now.
    const points =
      qualities === undefined ? stored : stored.filter(({ quality }) => qualities.includes(quality))
    yield direction === 'descending' ? points.toReversed() : points
  }

  async #bucketsOf(
    query: Omit<BucketQuery, 'cursor'>,
    grid: BucketGrid,
    span: Span,
    view: View | undefined,
  ): Promise<readonly SeriesBucket[]> {
    if (span.kind === 'live') {
      const { fromMs, toMs } = span
      return await liveBuckets(this.#live, { ...query, fromMs, toMs })
    }
    const fold = new BucketFold(grid)
    for await (const points of this.#points(query, span, view))
      for (const { ts, calibratedValue } of points) fold.add(ts, calibratedValue)
    return fold.buckets().slice(0, query.limit)
  }
}

/** Ports that may have reported at the very time where a page has ended, and come again. */
const portsAtOnce = 16

function withRoom(values: Float64Array<ArrayBuffer>, count: number, more: number): Float64Array<ArrayBuffer> {
  if (count + more <= values.length) return values
  const larger = new Float64Array(Math.max(count + more, values.length * 2))
  larger.set(values.subarray(0, count))
  return larger
}

async function summarize(totals: Totals, values: Float64Array): Promise<PeriodSummary | undefined> {
  const { avg, count, max, min } = totals
  if (count === 0) return undefined
  const p50 = nearestRank(50, count)
  const p95 = nearestRank(95, count)
  for (const _ of selectRanks(values, count, [p50, p95])) await setImmediate()
  return { min, max, avg, count, p50: values[p50] ?? Number.NaN, p95: values[p95] ?? Number.NaN }
}

function parseBucket(cursor: string, width: string): number {
  const [of, ts = '', ...rest] = cursor.split(':')
  if (of !== width || rest.length > 0 || !/^-?\d{1,16}$/.test(ts))
    throw new InvalidCursor('not one that a query for these buckets has returned')
  return Number(ts)
}

function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a positive whole number: ${limit}`)
}
