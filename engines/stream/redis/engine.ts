import type { Redis } from 'ioredis'
import { connectRedis, plainError, redactedRedisUrl, type RedisLogger } from '../../redis/connect.ts'
import { listOf, numberOf } from './answers.ts'
import { type Durability, factsOf, judgeServer, valuesOf } from './durability.ts'
import type { Script } from './scripts.ts'

export interface EngineOptions {
  readonly url: string
  readonly logger: RedisLogger
  readonly trustServer: boolean
}

/** The server must not be used: it would lose what it has answered, or evict it. */
export class UnsafeRedisError extends Error {
  constructor(server: string, reasons: readonly string[]) {
    super(`the Redis at ${server} cannot keep the stream: ${reasons.join('; ')}`)
    this.name = 'UnsafeRedisError'
  }
}

/** How long WAITAOF waits before it is asked again: shorter than the silence after which the connection is given up. */
const syncWaitMs = 2000

type Argument = string | number | Buffer

/**
 * The connections to one server: appends have their own, since a wait for the disk holds up all that follows. What
 * cannot be answered rejects at once.
 */
export class Engine {
  readonly #server: string
  readonly #trusted: boolean
  readonly #writer: Redis
  readonly #commands: Redis
  readonly #news: Redis
  readonly #listeners = new Map<string, (message: string) => void>()
  /** Of this connection of the writer; undefined until it was asked. */
  #durability: Durability | undefined
  /** Also between connections. */
  #waits = false
  #process: string | undefined
  #lastError: Error | undefined
  /** Called when the server was started again and may have lost what it had not synced, though it was seen. */
  onForgotten: () => void = () => undefined

  constructor({ url, logger, trustServer }: EngineOptions) {
    this.#server = redactedRedisUrl(url)
    this.#trusted = trustServer
    this.#writer = connectRedis({ url, logger, name: 'stream-append' })
    // Of three connections to one server it is enough that one tells the log.
    const quiet: RedisLogger = { info: () => undefined, warn: () => undefined }
    this.#commands = connectRedis({ url, logger: quiet, name: 'stream' })
    this.#news = connectRedis({ url, logger: quiet, name: 'stream-news', more: { autoResubscribe: false } })
    this.#writer.on('close', () => {
      this.#durability = undefined
    })
    this.#writer.on('error', (error: unknown) => {
      this.#lastError = plainError(error)
    })
    this.#commands.on('ready', () => {
      void this.#meet()
    })
    this.#news.on('ready', () => {
      for (const channel of this.#listeners.keys()) this.#subscribe(channel)
    })
    this.#news.on('message', (channel: string, message: string) => this.#listeners.get(channel)?.(message))
  }

  /** Undefined while connected. */
  get trouble(): Error | undefined {
    if (this.#writer.status === 'ready') return undefined
    const reason = this.#lastError === undefined ? '' : `: ${this.#lastError.message}`
    return new Error(`the Redis at ${this.#server} is away${reason}`)
  }

  /** Resolves once connected, to a server that keeps what it answers; rejects with an {@link UnsafeRedisError}. */
  async open(signal: AbortSignal): Promise<void> {
    for (const redis of [this.#writer, this.#commands]) {
      if (redis.status !== 'ready') await readiness(redis, signal)
    }
    await this.#verify()
  }

  /** Runs an append; resolves once it is durable. */
  async append(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const durability = this.#durability ?? (await this.#verify())
    const answer = await this.#run(this.#writer, script, keys, args)
    if (durability === 'wait') while (!(await this.#isSynced()));
    return answer
  }

  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#run(this.#commands, script, keys, args)
  }

  /** Answers hold Buffers in place of texts. */
  call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#commands.callBuffer(command, ...args)
  }

  /** Memory in use, of `maxmemory`; undefined without one. */
  async fullness(): Promise<number | undefined> {
    const info = valuesOf(await this.#commands.info('memory'))
    const maxBytes = Number(info.get('maxmemory') ?? 0)
    return maxBytes === 0 ? undefined : Number(info.get('used_memory')) / maxBytes
  }

  listen(channel: string, listener: (message: string) => void): void {
    this.#listeners.set(channel, listener)
    if (this.#news.status === 'ready') this.#subscribe(channel)
  }

  close(): void {
    for (const redis of [this.#writer, this.#commands, this.#news]) redis.disconnect()
  }

  /** When it fails the connection is gone, and the next one asks again. */
  #subscribe(channel: string): void {
    this.#news.subscribe(channel).catch(() => undefined)
  }

  async #isSynced(): Promise<boolean> {
    const [here] = listOf(await this.#writer.call('WAITAOF', 1, 0, syncWaitMs))
    return numberOf(here) >= 1
  }

  async #verify(): Promise<Durability> {
    const info = await this.#writer.info()
    const verdict = judgeServer(factsOf(info, await this.#appendSync()), this.#trusted)
    if (verdict.kind === 'refused') throw new UnsafeRedisError(this.#server, verdict.reasons)
    this.#durability = verdict.by
    this.#waits = verdict.by === 'wait'
    return verdict.by
  }

  /** Whether it is still the same process; when that cannot be asked, the next connection asks again. */
  async #meet(): Promise<void> {
    try {
      const id = /run_id:(\w+)/.exec(await this.#commands.info('server'))?.[1]
      const isAnother = this.#process !== undefined && this.#process !== id
      this.#process = id
      if (isAnother && this.#waits) this.onForgotten()
    } catch {
      // The connection is gone again, and nothing was read from it.
    }
  }

  async #appendSync(): Promise<string | undefined> {
    try {
      const answer: unknown = await this.#writer.config('GET', 'appendfsync')
      return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined
    } catch (error) {
      // Forbidden, renamed or unknown; anything else is no answer about the setting.
      if (error instanceof Error && /NOPERM|unknown command/i.test(error.message)) return undefined
      throw error
    }
  }

  async #run(redis: Redis, { lua, sha }: Script, keys: readonly string[], args: readonly Argument[]) {
    try {
      return await redis.call('EVALSHA', sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await redis.call('EVAL', lua, keys.length, ...keys, ...args)
    }
  }
}

/** Not `once` of node:events: that rejects at the first error, and connecting goes on after it. */
function readiness(redis: Redis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(new Error('the server could not be reached in time'))
    }
    signal.addEventListener('abort', abort, { once: true })
    redis.once('ready', () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
}
