import { setImmediate as nextTurn } from 'node:timers/promises'
import { backoffMs, type Clock, systemClock } from './clock.ts'
import type {
  ConsumeOptions,
  Consumer,
  Entry,
  NewEntry,
  ReadOptions,
  Stream,
  StreamStatistics,
} from './port.ts'
import { Appender } from './sqlite/appender.ts'
import { Channel } from './sqlite/channel.ts'
import { SqliteConsumer } from './sqlite/consumer.ts'
import { Cursors } from './sqlite/cursors.ts'
import { Database, isPassing } from './sqlite/database.ts'
import { positionOf } from './sqlite/entry.ts'
import { Group } from './sqlite/group.ts'
import { StreamLog } from './sqlite/log.ts'
import { type CorruptLogError, LogReader } from './sqlite/reader.ts'
import { RouteDecoder } from './sqlite/route-codec.ts'
import type { WindowLimits } from './sqlite/window.ts'

export type { CorruptLogError } from './sqlite/reader.ts'

/** A part of pino's. */
export interface StreamLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface SqliteStreamOptions {
  /** Of this process alone; other processes may look, or hold it up for a while (a backup). */
  readonly file: string
  readonly logger?: StreamLogger
  /** Appends wait, with `trouble`, once the file is this large. Keep it below what the disk has. */
  readonly maxBytes?: number
  /** What is kept in memory of each stream for consumers at the head. Default 50,000 entries, 32 MiB. */
  readonly memory?: WindowLimits
  /** Called once for each range of entries that cannot be read any more. */
  readonly onCorruption?: (error: CorruptLogError) => void
  readonly clock?: Clock
  /** Of backoff jitter, in [0, 1). */
  readonly random?: () => number
}

const readEntries = 1000
const openAttempts = 40
const quiet: StreamLogger = { info: () => undefined, warn: () => undefined, error: () => undefined }

/**
 * Opens the durable log in its file, making it if need be; rejects when the file is no database, or stays locked.
 *
 * Of several consumers of a group one is active and the others stand by, taking over when it closes. Delivery counts
 * live in memory: they start again with the process.
 */
export async function openSqliteStream(options: SqliteStreamOptions): Promise<Stream> {
  const clock = options.clock ?? systemClock
  for (let attempt = 0; ; attempt += 1) {
    try {
      return new SqliteStream(new Database(options), options)
    } catch (error) {
      if (!isPassing(error) || attempt === openAttempts) throw error
      await wait(clock, backoffMs(attempt, 10, 250, 1))
    }
  }
}

class SqliteStream implements Stream {
  readonly #database: Database
  readonly #clock: Clock
  readonly #random: () => number
  readonly #logger: StreamLogger
  readonly #options: SqliteStreamOptions
  readonly #cursors: Cursors
  readonly #appender: Appender
  readonly #routes = new RouteDecoder()
  readonly #channels = new Map<string, Channel>()
  readonly #consumers = new Set<Consumer>()
  readonly #reported = new Set<string>()
  #closed: Promise<void> | undefined
  #ended = false

  constructor(database: Database, options: SqliteStreamOptions) {
    this.#database = database
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#logger = options.logger ?? quiet
    this.#cursors = new Cursors(database, this.#clock)
    this.#appender = new Appender({
      database,
      cursors: this.#cursors,
      clock: this.#clock,
      random: this.#random,
      open: (stream) => this.#channel(stream),
      channels: () => this.#channels.values(),
      onTrouble: (error) => {
        if (error === undefined) this.#logger.info({}, 'the stream takes appends again')
        else this.#logger.error({ err: error }, 'the stream cannot be written; appends wait')
      },
    })
  }

  get trouble(): Error | undefined {
    return this.#appender.trouble
  }

  append(stream: string, entries: readonly NewEntry[]): Promise<void> {
    return this.#appender.append(stream, entries)
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const { channel, group } = await this.#persist(() => this.#group(options))
    if (this.#closed !== undefined) throw new Error('the stream is closed')
    const reader = new LogReader(channel.log, this.#routes, this.#report)
    const consumer = new SqliteConsumer({
      options,
      group,
      clock: this.#clock,
      random: this.#random,
      take: (position, maxEntries) =>
        channel.window.take(position, maxEntries) ?? reader.take(position, channel.log.next, maxEntries),
      onTrouble: (error, message) => {
        this.#logger.warn({ err: error, stream: options.stream, group: options.group }, message)
      },
      onClosed: () => {
        this.#consumers.delete(consumer)
        this.#cursors.flush()
      },
    })
    this.#consumers.add(consumer)
    group.join(consumer)
    return consumer
  }

  async *read(stream: string, options: ReadOptions = {}): AsyncGenerator<readonly Entry[]> {
    const channel = await this.#persist(() => this.#existing(stream))
    if (channel === undefined) return
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, orgId, key } = options
    const asked = options.fromOffset === undefined ? 0 : positionOf(options.fromOffset)
    const reader = new LogReader(channel.log, this.#routes, this.#report, { fromMs, toMs })
    const until = channel.log.next
    let position = await this.#persist(() => {
      const kept = fromMs === Number.NEGATIVE_INFINITY ? channel.log.oldest() : channel.log.seek(fromMs)
      return Math.max(asked, kept)
    })
    while (position < until) {
      const from = position
      const { entries, to } = await this.#persist(() => reader.take(from, until, readEntries))
      const wanted = entries.filter(
        ({ atMs, route }) =>
          atMs >= fromMs &&
          atMs < toMs &&
          (orgId === undefined || route.orgId === orgId) &&
          (key === undefined || route.key === key),
      )
      if (wanted.length > 0) yield wanted
      position = to
      await nextTurn()
    }
  }

  async trim(stream: string, beforeMs: number): Promise<number> {
    const channel = await this.#persist(() => this.#existing(stream))
    if (channel === undefined) return 0
    let removed = 0
    for (;;) {
      const some = await this.#persist(() => channel.log.trimSome(beforeMs))
      if (some === 0) return removed
      removed += some
      await nextTurn()
    }
  }

  async statistics(stream: string): Promise<StreamStatistics> {
    const channel = await this.#persist(() => this.#existing(stream))
    return channel?.log.statistics() ?? { entries: 0, bytes: 0, oldestMs: undefined }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    // Handlers may still append while they finish.
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()))
    this.#appender.close()
    await nextTurn()
    this.#ended = true
    this.#cursors.flush()
    this.#cursors.stop()
    this.#database.close()
  }

  #group({ stream, group: name, startAt }: ConsumeOptions): { channel: Channel; group: Group } {
    const channel = this.#channel(stream)
    const known = channel.groups.get(name)
    if (known !== undefined) return { channel, group: known }
    const { log } = channel
    const position = this.#cursors.open(log.id, name, () => (startAt === 'end' ? log.next : log.oldest()))
    const group = new Group(name, position, () => log.next, {
      onDurable: (moved) => {
        if (!this.#ended) this.#cursors.moved(log.id, moved)
      },
      onProcessed: () => {
        channel.release()
      },
    })
    channel.groups.set(name, group)
    return { channel, group }
  }

  #channel(stream: string): Channel {
    return this.#existing(stream) ?? this.#keep(StreamLog.create(this.#database, stream))
  }

  #existing(stream: string): Channel | undefined {
    const known = this.#channels.get(stream)
    if (known !== undefined) return known
    const log = StreamLog.find(this.#database, stream)
    return log === undefined ? undefined : this.#keep(log)
  }

  #keep(log: StreamLog): Channel {
    const channel = new Channel(log, this.#options.memory ?? { entries: 50_000, bytes: 32 << 20 })
    this.#channels.set(log.name, channel)
    return channel
  }

  /** Tries again while the engine is locked or full. */
  async #persist<T>(work: () => T): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      if (this.#ended) throw new Error('the stream is closed')
      try {
        return work()
      } catch (error) {
        if (!isPassing(error)) throw error
        this.#logger.warn({ err: error }, 'the stream file is not available; it is tried again')
      }
      await wait(this.#clock, backoffMs(attempt, 10, 1000, this.#random()))
    }
  }

  readonly #report = (error: CorruptLogError): void => {
    const range = `${error.stream} ${error.fromOffset}`
    if (this.#reported.has(range)) return
    this.#reported.add(range)
    this.#logger.error({ err: error }, 'a part of the log is corrupt and was skipped')
    this.#options.onCorruption?.(error)
  }
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}
