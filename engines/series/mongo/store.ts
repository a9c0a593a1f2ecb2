/** The series store on MongoDB. See `../mongo.ts`. */
import type {
  BucketPage,
  BucketQuery,
  DevicePeriod,
  PeriodQuery,
  PeriodSummary,
  RangePage,
  RangeQuery,
  ReadingKey,
  SeriesReading,
  SeriesStatistics,
  SeriesStore,
} from '../../../nodes/platform/series/port.ts'
import { rangeOfQualities } from '../../../nodes/platform/series/range-of-qualities.ts'
import { bytesOf } from './bytes-of.ts'
import type { Days } from './days.ts'
import type { Devices } from './devices.ts'
import { reading, SeriesUnavailable } from './errors.ts'
import { queryBuckets, querySummary } from './history.ts'
import { lookUp } from './lookup.ts'
import { cursorAfter, oldestOf, queryLatest, queryRange } from './queries.ts'
import { devicesOf, pruneOrganization, removeAllOf, removePeriod, removeReadings } from './removal.ts'
import type { Roller } from './roller.ts'
import type { PortPoint } from './rows.ts'
import type { Tables } from './tables.ts'
import type { Writer } from './writer.ts'

export interface SeriesParts {
  readonly tables: Tables
  readonly devices: Devices
  readonly days: Days
  readonly writer: Writer
  readonly roller: Roller
  readonly trouble: () => Error | undefined
  readonly bytes: () => Promise<number>
  /** What a reading takes, bytes. */
  readonly readingSize: () => Promise<number>
  readonly maxKeptValues: number
}

/** Devices asked at the same time. */
const PARALLEL = 10

export class MongoSeries implements SeriesStore {
  readonly #parts: SeriesParts
  #isClosed = false

  constructor(parts: SeriesParts) {
    this.#parts = parts
  }

  get trouble(): Error | undefined {
    return this.#parts.trouble()
  }

  async append(readings: readonly SeriesReading[]): Promise<{ readonly durable: Promise<void> }> {
    const wrong = readings.find(({ ts }) => !Number.isSafeInteger(ts))
    if (wrong !== undefined) throw new RangeError(`ts must be a whole number: ${wrong.ts}`)
    await this.#parts.writer.run(readings)
    // The server answers when they are durable.
    return { durable: Promise.resolve() }
  }

  rawValues(keys: readonly ReadingKey[]): Promise<readonly (number | undefined)[]> {
    return this.#read((tables) => lookUp(tables, keys))
  }

  latest(orgId: string, deviceId: string): Promise<readonly PortPoint[]> {
    return this.#read((tables) => queryLatest(tables, orgId, deviceId))
  }

  range(query: RangeQuery): Promise<RangePage> {
    return this.#read((tables) =>
      rangeOfQualities(query, { page: (all) => queryRange(tables, all), cursorAfter }),
    )
  }

  buckets(query: BucketQuery): Promise<BucketPage> {
    return this.#read((tables) => queryBuckets(tables, query))
  }

  summary(query: PeriodQuery): Promise<PeriodSummary | undefined> {
    return this.#read((tables) => querySummary(tables, query, this.#parts.maxKeptValues))
  }

  oldest(
    orgId: string,
    beforeMs = Infinity,
  ): Promise<readonly { readonly deviceId: string; readonly ts: number }[]> {
    return this.#read(async (tables) => {
      const found: { readonly deviceId: string; readonly ts: number }[] = []
      const next = (await devicesOf(tables, orgId))[Symbol.iterator]()
      const work = async (): Promise<void> => {
        for (const deviceId of next) {
          const ts = await oldestOf(tables, orgId, deviceId)
          if (ts !== undefined && ts < beforeMs) found.push({ deviceId, ts })
        }
      }
      await Promise.all(Array.from({ length: PARALLEL }, work))
      return found
    })
  }

  removePeriod(period: DevicePeriod): Promise<number> {
    return this.#read((tables) => removePeriod(tables, this.#parts.days, period))
  }

  removeReadings(keys: readonly ReadingKey[]): Promise<void> {
    return this.#read((tables) => removeReadings(tables, this.#parts.days, keys))
  }

  prune(orgId: string, beforeMs: number): Promise<number> {
    return this.#read((tables) => pruneOrganization(tables, this.#parts.days, orgId, beforeMs))
  }

  /** In turn with the appends, so that what is appended afterwards stays. */
  async removeDevice(orgId: string, deviceId: string): Promise<void> {
    const { tables, devices, days, writer } = this.#parts
    await writer.run(async () => {
      await devices.remove(orgId, deviceId)
      days.forget()
      await removeAllOf(tables, orgId, deviceId)
    })
  }

  flush(): Promise<void> {
    return this.#parts.writer.run([])
  }

  statistics(): Promise<SeriesStatistics> {
    return this.#read(async (tables) => {
      const [readings, devices, bytes] = await Promise.all([
        tables.readings.countDocuments(),
        tables.devices.find({}, { projection: { ports: 1 } }).toArray(),
        this.#parts.bytes(),
      ])
      return { readings, series: devices.reduce((sum, { ports = [] }) => sum + ports.length, 0), bytes }
    })
  }

  bytesOf(orgId: string): Promise<number> {
    return this.#read(async (tables) => bytesOf(tables, orgId, await this.#parts.readingSize()))
  }

  /** Works out the totals of all days, due or not; only while no other instance stores. */
  async settled(): Promise<void> {
    const { writer, days, roller } = this.#parts
    await writer.run(async () => {
      days.forget()
      await roller.rollAll()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#parts.roller.close()
    await this.#parts.writer.close()
  }

  #read<R>(run: (tables: Tables) => Promise<R>): Promise<R> {
    if (this.#isClosed) return Promise.reject(new SeriesUnavailable('closed'))
    return reading(() => run(this.#parts.tables))
  }
}
