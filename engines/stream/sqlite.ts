import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, systemClock } from '../../nodes/platform/clock.ts'
import type {
  ConsumeOptions,
  Consumer,
  Entry,
  NewEntry,
  ReadOptions,
  Stream,
  StreamStatistics,
} from '../../nodes/platform/stream/port.ts'
import type { LogCopy } from '../checkpoints/log-keeper.ts'
import { Appender } from './sqlite/appender.ts'
import { Channel } from './sqlite/channel.ts'
import { SqliteConsumer } from './sqlite/consumer.ts'
import { Cursors } from './sqlite/cursors.ts'
import { Database } from './sqlite/database.ts'
import { Group } from './sqlite/group.ts'
import { StreamLog } from './sqlite/log.ts'
import type { CorruptLogError } from './shared/corrupt-log-error.ts'
import { LogReader, type TimeRange } from './sqlite/reader.ts'
import { Trials } from './sqlite/trials.ts'
import { replay } from './sqlite/replay.ts'
import { type Retry, retrying } from './sqlite/retry.ts'
import { RouteDecoder } from './shared/route-codec.ts'
import type { WindowLimits } from './sqlite/window.ts'

export type { CorruptLogError } from './shared/corrupt-log-error.ts'

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
  /** Copies logs in a thread that waits for disks in any case; by default the event loop waits. */
  readonly copyLog?: LogCopy
  /** What is kept in memory of each stream for consumers at the head. Default 50,000 entries, 32 MiB. */
  readonly memory?: WindowLimits
  /** Called once for each range of entries that cannot be read any more. */
  readonly onCorruption?: (error: CorruptLogError) => void
  readonly clock?: Clock
  /** Of backoff jitter, in [0, 1). */
  readonly random?: () => number
}

const openAttempts = 40
const quiet: StreamLogger = { info: () => undefined, warn: () => undefined, error: () => undefined }

/**
 * Opens the durable log in its file, making it if need be; rejects when the file is no database, or stays locked.
 *
 * Of several consumers of a group one is active and the others stand by, taking over when it closes. Delivery counts
 * live in memory and start again with the process; only of what may have ended one is something kept.
 */
export async function openSqliteStream(options: SqliteStreamOptions): Promise<Stream> {
  const clock = options.clock ?? systemClock
  let attempts = 0
  const ended = () => attempts >= openAttempts
  const onRefused = (error: unknown) => {
    attempts += 1
    if (ended()) throw error
  }
  const retry = retrying({ clock, random: options.random ?? Math.random, ended, onRefused })
  return retry(() => new SqliteStream(new Database(options), options))
}

class SqliteStream implements Stream {
  readonly #database: Database
  readonly #timing: { readonly clock: Clock; readonly random: () => number }
  readonly #logger: StreamLogger
  readonly #options: SqliteStreamOptions
  readonly #cursors: Cursors
  readonly #trials: Trials
  readonly #appender: Appender
  readonly #retry: Retry
  readonly #routes = new RouteDecoder()
  readonly #channels = new Map<string, Channel>()
  readonly #consumers = new Set<Consumer>()
  readonly #reported = new Set<string>()
  #closed: Promise<void> | undefined
  #ended = false

  constructor(database: Database, options: SqliteStreamOptions) {
    this.#database = database
    this.#options = options
    this.#logger = options.logger ?? quiet
    const { clock = systemClock, random = Math.random } = options
    this.#timing = { clock, random }
    this.#retry = retrying({
      ...this.#timing,
      ended: () => this.#ended,
      onRefused: (error) => {
        this.#logger.warn({ err: error }, 'the stream file is not available; it is tried again')
      },
    })
    this.#cursors = new Cursors(database, clock, (error) => {
      this.#logger.warn({ err: error }, 'where the groups are cannot be written; it is tried again')
    })
    this.#trials = new Trials(database)
    this.#appender = new Appender({
      ...this.#timing,
      database,
      cursors: this.#cursors,
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

  append(stream: string, entries: readonly NewEntry[], isWholeTurn = false): Promise<void> {
    return this.#appender.append(stream, entries, isWholeTurn)
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const { channel, group } = await this.#retry(() => this.#group(options))
    if (this.#closed !== undefined) throw new Error('the stream is closed')
    const reader = new LogReader(channel.log, this.#routes, this.#report)
    const consumer = new SqliteConsumer({
      options,
      group,
      ...this.#timing,
      take: (position, maxEntries) => {
        const near = channel.window.take(position, maxEntries)
        if (near === undefined) return reader.take(position, channel.log.next, maxEntries)
        reader.release()
        return near
      },
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
    const channel = await this.#retry(() => this.#existing(stream))
    if (channel === undefined) return
    const open = (range: TimeRange) => new LogReader(channel.log, this.#routes, this.#report, range)
    yield* replay(channel.log, open, options, this.#retry)
  }

  async trim(stream: string, beforeMs: number): Promise<number> {
    const channel = await this.#retry(() => this.#existing(stream))
    if (channel === undefined) return 0
    let removed = 0
    for (;;) {
      const some = await this.#retry(() => channel.log.trimSome(beforeMs))
      if (some === 0) return removed
      removed += some
      await nextTurn()
    }
  }

  async forgetGroup(stream: string, group: string): Promise<boolean> {
    return this.#retry(() => {
      const channel = this.#existing(stream)
      if (channel === undefined) return false
      const known = channel.groups.get(group)
      if (known?.active === true) throw new Error(`the group ${group} of stream ${stream} has consumers`)
      channel.groups.delete(group)
      this.#trials.forget(channel.log.id, group)
      return this.#cursors.forget(channel.log.id, group, known)
    })
  }

  async statistics(stream: string): Promise<StreamStatistics> {
    const none = { entries: 0, bytes: 0, oldestMs: undefined }
    return this.#retry(() => this.#existing(stream)?.log.statistics() ?? none)
  }

  async lag(stream: string, group: string): Promise<number> {
    return this.#retry(() => {
      const channel = this.#existing(stream)
      if (channel === undefined) return 0
      const { log, groups } = channel
      const place = groups.get(group)?.durable ?? this.#cursors.find(log.id, group) ?? log.oldest()
      return log.next - place
    })
  }

  async fullness(): Promise<number | undefined> {
    return this.#options.maxBytes === undefined ? undefined : this.#retry(() => this.#database.fullness())
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    // Handlers may still append while they finish.
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()))
    this.#appender.close()
    await Promise.all([this.#appender.whenAlone(), nextTurn()])
    this.#ended = true
    this.#cursors.flush()
    this.#cursors.stop()
    this.#noteEnd()
    this.#database.close()
  }

  #noteEnd(): void {
    try {
      for (const { log, groups } of this.#channels.values()) {
        log.noteTail()
        for (const group of groups.values()) this.#trials.close(log.id, group)
      }
    } catch (error) {
      this.#logger.warn({ err: error }, 'how the stream ends cannot be noted')
    }
  }

  #group({ stream, group: name, startAt }: ConsumeOptions): { channel: Channel; group: Group } {
    const channel = this.#channel(stream)
    const known = channel.groups.get(name)
    if (known !== undefined) return { channel, group: known }
    const { log } = channel
    const committed = this.#cursors.open(log.id, name, () => (startAt === 'end' ? log.next : log.oldest()))
    const trial = this.#trials.open(log.id, name, log.next)
    const group = new Group(name, { committed, trial }, () => log.next, {
      onDurable: (moved) => {
        const forgotten = channel.groups.get(name) !== moved
        if (!this.#ended && !forgotten) this.#cursors.moved(log.id, moved)
      },
      onProcessed: () => {
        channel.release()
      },
      onTried: (tried) => {
        try {
          this.#trials.note(log.id, tried)
        } catch (error) {
          this.#logger.warn({ err: error, group: name }, 'what is in work cannot be noted')
        }
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

  readonly #report = (error: CorruptLogError): void => {
    const range = `${error.stream} ${error.fromOffset}`
    if (this.#reported.has(range)) return
    this.#reported.add(range)
    this.#logger.error({ err: error }, 'a part of the log is corrupt and was skipped')
    this.#options.onCorruption?.(error)
  }
}
