import type { Redis } from 'ioredis'
import { isAhead } from '../../nodes/platform/kit/ahead.ts'
import { Unavailable } from '../../nodes/platform/kit/unavailable.ts'
import type { Logger } from '../../nodes/platform/logger.ts'
import {
  connectedForMs,
  type DevicePulse,
  type Pulse,
  type SeenDevice,
} from '../../nodes/platform/pulse/port.ts'

export interface RedisPulseOptions {
  /** Of a connection that fails fast while Redis is away; closed by whoever made it. */
  readonly redis: Redis
  /** Of the keys, ending in a separator. */
  readonly prefix: string
  readonly log: Logger
}

const atOnce = 1000

/** A hash of when devices were heard of, and a sorted set of when their connections were. */
export class RedisPulse implements Pulse {
  readonly #redis: Redis
  readonly #seenKey: string
  readonly #connectedKey: string
  readonly #log: Logger

  constructor({ redis, prefix, log }: RedisPulseOptions) {
    this.#redis = redis
    this.#seenKey = `${prefix}seen`
    this.#connectedKey = `${prefix}connected`
    this.#log = log
  }

  async seen(devices: readonly SeenDevice[]): Promise<void> {
    await this.#told(
      chunksOf(devices).map((some) =>
        this.#redis.hset(this.#seenKey, ...some.flatMap(({ deviceId, seenAt }) => [deviceId, seenAt])),
      ),
    )
  }

  async connected(deviceIds: readonly string[], nowMs: number): Promise<void> {
    await this.#told([
      this.#redis.zremrangebyscore(this.#connectedKey, '-inf', nowMs - 2 * connectedForMs),
      ...chunksOf(deviceIds).map((some) =>
        this.#redis.zadd(this.#connectedKey, ...some.flatMap((id) => [nowMs, id])),
      ),
    ])
  }

  async of(deviceIds: readonly string[], nowMs: number): Promise<readonly DevicePulse[]> {
    const pulses = await Promise.all(
      chunksOf(deviceIds).map(async (some) => {
        try {
          const [seen, connected] = await Promise.all([
            this.#redis.hmget(this.#seenKey, ...some),
            this.#redis.zmscore(this.#connectedKey, ...some),
          ])
          return some.map((_, index) => ({
            seenAt: numberOf(seen[index]),
            isConnected: isRecent(numberOf(connected[index]), nowMs),
          }))
        } catch (error) {
          throw new Unavailable('signs of life: Redis is away', { cause: error })
        }
      }),
    )
    return pulses.flat()
  }

  async forget(deviceId: string): Promise<void> {
    await this.#told([
      this.#redis.hdel(this.#seenKey, deviceId),
      this.#redis.zrem(this.#connectedKey, deviceId),
    ])
  }

  async #told(calls: readonly Promise<unknown>[]): Promise<void> {
    await Promise.all(calls).catch((error: unknown) =>
      this.#log.debug({ err: error }, 'signs of life could not be told; the next ones tell it again'),
    )
  }
}

function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = []
  for (let from = 0; from < items.length; from += atOnce) chunks.push(items.slice(from, from + atOnce))
  return chunks
}

/** A time ahead is of an instance whose clock was corrected since: it would have told again. */
const isRecent = (connectedAt: number | undefined, nowMs: number): boolean =>
  connectedAt !== undefined && connectedAt > nowMs - connectedForMs && !isAhead(connectedAt, nowMs)

const numberOf = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : Number(text)
