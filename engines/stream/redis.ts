import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { plainError } from '../redis/connect.ts'
import { systemClock, type Clock } from '../../nodes/platform/clock.ts'
import type {
  ConsumeOptions,
  Consumer,
  Entry,
  NewEntry,
  ReadOptions,
  Stream,
  StreamStatistics,
} from '../../nodes/platform/stream/port.ts'
import { listOf, numberOf } from './redis/answers.ts'
import { Appender } from './redis/appender.ts'
import { Channel } from './redis/channel.ts'
import { RedisConsumer } from './redis/consumer.ts'
import { Engine } from './redis/engine.ts'
import { Group } from './redis/group.ts'
import { keysOf } from './redis/names.ts'
import { Packer } from './redis/packer.ts'
import { replay } from './redis/replay.ts'
import { type Retry, retrying } from './redis/retry.ts'
import { numberOfOffset } from './redis/row.ts'
import { forgetScript, lagScript, statisticsScript, trimScript } from './redis/scripts.ts'
import type { Timing } from './redis/timing.ts'
import type { CorruptLogError } from './shared/corrupt-log-error.ts'
import { RouteDecoder } from './shared/route-codec.ts'

export { UnsafeRedisError } from './redis/engine.ts'

/** A part of pino's. */
export interface StreamLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface RedisStreamOptions {
  /** `redis://` or, with TLS, `rediss://`. */
  readonly url: string
  readonly logger?: StreamLogger
  /** What all keys begin with; installations that share a server need different ones. Default `fl`. */
  readonly namespace?: string
  /**
   * Of streams that are new: how many instances can share the work on one, and it stays like that. Default 16.
   */
  readonly partitions?: number
  /**
   * Take `appendfsync always` for granted where the server does not tell, as managed ones that forbid CONFIG, and is
   * too old to be asked for each append (before 7.2). Default false.
   */
  readonly trustServer?: boolean
  /** How long to wait for the server to be there. Default a minute. */
  readonly openWithinMs?: number
  /** Called once for each range of entries that cannot be read any more. */
  readonly onCorruption?: (error: CorruptLogError) => void
  readonly clock?: Clock
  /** Of backoff jitter, in [0, 1). */
  readonly random?: () => number
}

const quiet: StreamLogger = { info: () => undefined, warn: () => undefined, error: () => undefined }
const partitionsByDefault = 16
const trimRows = 32

/**
 * Opens the streams of one Redis (7.0 or newer). Rejects with an {@link UnsafeRedisError} when that server could lose
 * what it has acknowledged, and with the reason when it cannot be reached in time.
 *
 * A stream has partitions, by the hash of `route.key`; each is owned by one instance of a group at a time, by a lease
 * with a fencing token. Of several consumers of a group in one instance one is active and the others stand by.
 * Delivery counts live in memory and start again with the process; only of what may have ended one is something kept.
 */
export async function openRedisStream(options: RedisStreamOptions): Promise<Stream> {
  const { url, logger = quiet, trustServer = false, openWithinMs = 60_000 } = options
  const engine = new Engine({ url, logger, trustServer })
  try {
    await engine.open(AbortSignal.timeout(openWithinMs))
  } catch (error) {
    const trouble = engine.trouble
    engine.close()
    throw trouble ?? error
  }
  return new RedisStream(engine, options)
}

class RedisStream implements Stream {
  readonly #engine: Engine
  readonly #options: RedisStreamOptions
  readonly #logger: StreamLogger
  readonly #timing: Timing
  readonly #retry: Retry
  /** Names this process among writers and among owners of partitions. */
  readonly #instance = randomUUID()
  readonly #packer = new Packer()
  readonly #routes = new RouteDecoder()
  readonly #channels = new Map<string, Promise<Channel<Group>>>()
  readonly #appenders = new Map<string, Appender>()
  readonly #consumers = new Set<Consumer>()
  readonly #reported = new Set<string>()
  #told: string | undefined
  #closed: Promise<void> | undefined
  #ended = false

  constructor(engine: Engine, options: RedisStreamOptions) {
    this.#engine = engine
    this.#options = options
    this.#logger = options.logger ?? quiet
    const { clock = systemClock, random = Math.random } = options
    this.#timing = { clock, random }
    this.#retry = retrying({ clock, random, ended: () => this.#ended })
    engine.onForgotten = () => {
      void this.#startAfresh()
    }
  }

  get trouble(): Error | undefined {
    for (const { trouble } of this.#appenders.values()) if (trouble !== undefined) return trouble
    return this.#engine.trouble
  }

  async append(stream: string, entries: readonly NewEntry[], isWholeTurn = false): Promise<void> {
    const known = this.#appenders.get(stream)
    if (known !== undefined) return known.append(entries, isWholeTurn)
    return (await this.#appender(stream)).append(entries, isWholeTurn)
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const channel = await this.#channel(options.stream)
    this.#refuseIfClosed()
    channel.listen()
    const onTrouble = (error: unknown, message: string): void => {
      const fields = { err: plainError(error), stream: options.stream, group: options.group }
      this.#logger.warn(fields, message)
    }
    const group = this.#group(channel, options, onTrouble)
    const consumer = new RedisConsumer({
      options,
      group,
      timing: this.#timing,
      onTrouble,
      onClosed: () => {
        this.#consumers.delete(consumer)
      },
    })
    this.#consumers.add(consumer)
    try {
      await group.join(consumer)
    } catch (error) {
      this.#consumers.delete(consumer)
      throw error
    }
    return consumer
  }

  async *read(stream: string, options: ReadOptions = {}): AsyncGenerator<readonly Entry[]> {
    if (options.fromOffset !== undefined) numberOfOffset(options.fromOffset)
    const channel = await this.#existing(stream)
    if (channel !== undefined) yield* replay(channel, options)
  }

  async trim(stream: string, beforeMs: number): Promise<number> {
    const channel = await this.#existing(stream)
    if (channel === undefined) return 0
    const { keys, ends } = channel
    let removed = 0
    for (const partition of ends.keys()) {
      const names = [keys.meta, keys.groups, keys.partition(partition)]
      const args = [keys.prefix, partition, beforeMs, trimRows]
      for (;;) {
        const some = numberOf(await this.#retry(() => this.#engine.run(trimScript, names, args)))
        if (some === 0) break
        removed += some
        await nextTurn()
      }
    }
    return removed
  }

  async forgetGroup(stream: string, group: string): Promise<boolean> {
    const channel = await this.#existing(stream)
    if (channel === undefined) return false
    const { places, leases, members, trials } = channel.keys.group(group)
    const names = [places, leases, members, channel.keys.groups, trials]
    const answer = numberOf(
      await this.#retry(() => this.#engine.run(forgetScript, names, [JSON.stringify(group)])),
    )
    if (answer < 0) throw new Error(`the group ${group} of stream ${stream} has consumers`)
    if (channel.groups.get(group)?.active === false) channel.groups.delete(group)
    return answer > 0
  }

  async statistics(stream: string): Promise<StreamStatistics> {
    const { meta, prefix } = this.#keys(stream)
    const [entries, bytes, oldest] = listOf(
      await this.#retry(() => this.#engine.run(statisticsScript, [meta], [prefix])),
    )
    const oldestMs = oldest === undefined || oldest === null ? undefined : numberOf(oldest)
    return { entries: numberOf(entries), bytes: numberOf(bytes), oldestMs }
  }

  async lag(stream: string, group: string): Promise<number> {
    const keys = this.#keys(stream)
    const names = [keys.meta, keys.group(group).places]
    return numberOf(await this.#retry(() => this.#engine.run(lagScript, names, [])))
  }

  fullness(): Promise<number | undefined> {
    return this.#retry(() => this.#engine.fullness())
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    // Handlers may still append while they finish.
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()))
    await Promise.all([...this.#appenders.values()].map((appender) => appender.close()))
    this.#ended = true
    for (const channel of await Promise.allSettled(this.#channels.values())) {
      if (channel.status === 'fulfilled') channel.value.closed = true
    }
    this.#engine.close()
  }

  async #startAfresh(): Promise<void> {
    this.#logger.warn({}, 'Redis was started again: what was not synced by then may come differently')
    for (const channel of await Promise.allSettled(this.#channels.values())) {
      if (channel.status === 'fulfilled')
        for (const group of channel.value.groups.values()) group.startAfresh()
    }
  }

  #keys(stream: string) {
    return keysOf(this.#options.namespace ?? 'fl', stream)
  }

  #group(
    channel: Channel<Group>,
    options: ConsumeOptions,
    onTrouble: (error: unknown, message: string) => void,
  ): Group {
    const known = channel.groups.get(options.group)
    if (known !== undefined) return known
    const { startAt, group: name } = options
    const group = new Group({
      channel,
      name,
      startAt,
      onTrouble,
      instance: this.#instance,
      timing: this.#timing,
    })
    channel.groups.set(name, group)
    return group
  }

  async #appender(stream: string): Promise<Appender> {
    this.#refuseIfClosed()
    const channel = await this.#channel(stream)
    const known = this.#appenders.get(stream)
    if (known !== undefined) return known
    const appender = new Appender({
      channel,
      writer: this.#instance,
      packer: this.#packer,
      timing: this.#timing,
      onTrouble: () => {
        this.#tell()
      },
    })
    this.#appenders.set(stream, appender)
    return appender
  }

  /** Makes the stream if need be. */
  #channel(stream: string): Promise<Channel<Group>> {
    return this.#open(stream, async () => {
      const partitions = this.#options.partitions ?? partitionsByDefault
      await this.#engine.call('HSETNX', this.#keys(stream).meta, 'partitions', partitions)
    })
  }

  /** Undefined when the stream was never written or consumed. */
  async #existing(stream: string): Promise<Channel<Group> | undefined> {
    const known = this.#channels.get(stream)
    if (known !== undefined) return known
    const { meta } = this.#keys(stream)
    const exists = await this.#retry(() => this.#engine.call('HEXISTS', meta, 'partitions'))
    return numberOf(exists) === 1 ? this.#open(stream, () => Promise.resolve()) : undefined
  }

  #open(stream: string, prepare: () => Promise<void>): Promise<Channel<Group>> {
    const known = this.#channels.get(stream)
    if (known !== undefined) return known
    const opening = this.#openNew(stream, prepare)
    this.#channels.set(stream, opening)
    opening.catch(() => {
      this.#channels.delete(stream)
    })
    return opening
  }

  async #openNew(stream: string, prepare: () => Promise<void>): Promise<Channel<Group>> {
    const partitions = await this.#retry(async () => {
      await prepare()
      return numberOf(await this.#engine.call('HGET', this.#keys(stream).meta, 'partitions'))
    })
    const namespace = this.#options.namespace ?? 'fl'
    const base = { stream, namespace, engine: this.#engine, retry: this.#retry, routes: this.#routes }
    return new Channel<Group>({ ...base, report: this.#report }, partitions)
  }

  #refuseIfClosed(): void {
    if (this.#closed !== undefined) throw new Error('the stream is closed')
  }

  /** Once, not for each try. */
  #tell(): void {
    const { trouble } = this
    if (trouble?.message === this.#told) return
    this.#told = trouble?.message
    if (trouble === undefined) this.#logger.info({}, 'the stream takes appends again')
    else this.#logger.error({ err: trouble }, 'the stream cannot be written; appends wait')
  }

  readonly #report = (error: CorruptLogError): void => {
    const range = `${error.stream} ${error.fromOffset} ${error.message}`
    if (this.#reported.has(range)) return
    this.#reported.add(range)
    this.#logger.error({ err: error }, 'a part of the log is corrupt and was skipped')
    this.#options.onCorruption?.(error)
  }
}
