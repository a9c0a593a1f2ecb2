import { Redis, type RedisOptions } from 'ioredis'
import { backoffMs } from '../../nodes/platform/backoff.ts'

/** A part of pino's. */
export interface RedisLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

type DriverOptions = Omit<RedisOptions, 'replyMapping' | 'protocol'>

export interface RedisConnectionOptions {
  /** `redis://` or, with TLS, `rediss://`; user, password and database as usual. */
  readonly url: string
  /** What the connection is for, as CLIENT LIST and the log show it. */
  readonly name: string
  readonly logger: RedisLogger
  /**
   * What commands do while the server is away: `fail` rejects them at once, also those that are under way (whether
   * they were carried out is then unknown); `wait` keeps them for the next connection. Default `fail`.
   */
  readonly whileAway?: 'fail' | 'wait'
  readonly more?: DriverOptions
}

/** A server that is stopped or cut off says nothing: the connection is given up then, if an answer is due. */
const silenceMs = 5000
const backoff = { firstMs: 50, lastMs: 1000 }

/**
 * Begins to connect, and again with backoff whenever the connection is lost, until `disconnect` is called. Listening
 * to `error` is not needed. Throws a TypeError when the URL is none of Redis.
 */
export function connectRedis(options: RedisConnectionOptions): Redis {
  const { url, name, logger, whileAway = 'fail', more } = options
  const server = redactedRedisUrl(url)
  const settings: DriverOptions = {
    connectionName: `fleetloom-${name}`,
    connectTimeout: silenceMs,
    socketTimeout: silenceMs,
    keepAlive: silenceMs,
    maxLoadingRetryTime: backoff.lastMs,
    retryStrategy: (times: number) => backoffMs(times - 1, backoff, Math.random()),
    ...(whileAway === 'fail'
      ? { enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 }
      : { maxRetriesPerRequest: null }),
    ...more,
  }
  const redis = new Redis(url, {
    ...settings,
    // The shape of some replies differs in 3, and proxies of managed services may not speak it.
    protocol: 2,
  })
  let told = false
  let reason: Error | undefined
  redis.on('error', (error: unknown) => {
    reason = plainError(error)
  })
  redis.on('reconnecting', () => {
    if (told) return
    told = true
    logger.warn({ err: reason, redis: server, connection: name }, 'Redis is away; connecting again')
  })
  redis.on('ready', () => {
    if (told) logger.info({ redis: server, connection: name }, 'Redis is back')
    told = false
    reason = undefined
  })
  return redis
}

/** Where the server is, without user, password and options. */
export function redactedRedisUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new TypeError('not a URL of Redis: redis://host:port/database, or rediss:// with TLS')
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}

/** Without the command and its arguments, which hold passwords and payloads and would end up in the log. */
export function plainError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const plain = new Error(error.message)
  plain.name = error.name
  return 'code' in error ? Object.assign(plain, { code: error.code }) : plain
}
