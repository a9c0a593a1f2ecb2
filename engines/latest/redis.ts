import type { Redis } from 'ioredis'
import type { Clock } from '../../nodes/platform/clock.ts'
import { Unavailable } from '../../nodes/platform/kit/unavailable.ts'
import type { Logger } from '../../nodes/platform/logger.ts'
import type { SeriesReading } from '../../nodes/platform/series/port.ts'
import { backoffMs } from '../../nodes/platform/backoff.ts'
import { pack, unpack } from './packed.ts'
import {
  isNewer,
  latestToleranceMs,
  type LatestSource,
  type LatestValue,
  type LatestValues,
  toLatestValue,
} from '../../nodes/platform/latest/port.ts'

export interface RedisLatestOptions {
  /** Of a connection that fails fast while Redis is away; closed by whoever made it. */
  readonly redis: Redis
  readonly series: LatestSource
  /** Of the keys, ending in a separator. */
  readonly prefix: string
  readonly log: Logger
  readonly clock: Pick<Clock, 'nowMs'>
  /** Devices whose values are gathered before they are written; default 10 ms. */
  readonly gatherMs?: number
}

/**
 * A hash for each device with a field for each port. One script call takes many devices along, and the values of a busy
 * one that come while a call is under way are written once. The first argument is the time after which a reading is ahead.
 */
const putScript = `
local bound = tonumber(ARGV[1])
local function isNewer(ts, known)
  if (ts > bound) ~= (known > bound) then return known > bound end
  return ts > known
end
local at = 2
for _, key in ipairs(KEYS) do
  local ports = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, ports do
    local known = redis.call('HGET', key, ARGV[at])
    if not known or isNewer(tonumber(ARGV[at + 1]), tonumber(string.match(known, '^[^,]+'))) then
      redis.call('HSET', key, ARGV[at], ARGV[at + 2])
    end
    at = at + 3
  end
end`
/** Tells that the series was asked: until then, ports that were silent since Redis began are missing. */
const completeField = 'complete'
const devicesAtOnce = 250

type Values = Map<number, LatestValue>

export class RedisLatestValues implements LatestValues {
  readonly #options: RedisLatestOptions
  #waiting = new Map<string, Values>()
  #next: PromiseWithResolvers<void> | undefined
  #isWriting = false
  #failures = 0

  constructor(options: RedisLatestOptions) {
    this.#options = options
  }

  put(readings: readonly SeriesReading[]): Promise<void> | undefined {
    if (readings.length === 0) return this.#next?.promise
    const nowMs = this.#options.clock.nowMs()
    let deviceId = ''
    let values: Values | undefined
    for (const reading of readings) {
      if (values === undefined || reading.deviceId !== deviceId) {
        deviceId = reading.deviceId
        values = this.#waitingOf(this.#key(reading.orgId, deviceId))
      }
      const waiting = values.get(reading.port)
      if (waiting === undefined || isNewer(reading.ts, waiting.ts, nowMs)) values.set(reading.port, reading)
    }
    this.#next ??= Promise.withResolvers<void>()
    if (!this.#isWriting) this.#writeIn(this.#options.gatherMs ?? 10)
    return this.#next.promise
  }

  async of(orgId: string, deviceId: string): Promise<readonly LatestValue[]> {
    const { series } = this.#options
    const key = this.#key(orgId, deviceId)
    // While Redis is away the series knows as well; it only takes longer.
    const known = await this.#options.redis.hgetall(key).catch(() => undefined)
    if (known === undefined) return series.latest(orgId, deviceId)
    if (known[completeField] !== undefined) return valuesOf(known)
    const stored = await series.latest(orgId, deviceId)
    const values = new Map(stored.map((value) => [value.port, value]))
    try {
      await this.#write(new Map([[key, values]]))
      await this.#options.redis.hset(key, completeField, '1')
      return valuesOf(await this.#options.redis.hgetall(key))
    } catch {
      return stored.map(toLatestValue)
    }
  }

  async forget(orgId: string, deviceId: string): Promise<void> {
    const key = this.#key(orgId, deviceId)
    this.#waiting.delete(key)
    try {
      await this.#options.redis.del(key)
    } catch (error) {
      throw new Unavailable('latest values: Redis is away', { cause: error })
    }
  }

  #writeIn(ms: number): void {
    this.#isWriting = true
    setTimeout(() => void this.#writeWaiting(), ms)
  }

  async #writeWaiting(): Promise<void> {
    const values = this.#waiting
    const written = this.#next
    this.#waiting = new Map()
    this.#next = undefined
    try {
      await this.#write(values)
      if (this.#failures > 0) this.#options.log.info({}, 'latest values are written again')
      this.#failures = 0
      written?.resolve()
      if (this.#waiting.size > 0) this.#writeIn(0)
      else this.#isWriting = false
    } catch (error) {
      if (this.#failures === 0)
        this.#options.log.warn({ err: error }, 'latest values cannot be written; it is tried again')
      this.#putBack(values, written)
      this.#failures += 1
      this.#writeIn(backoffMs(this.#failures, { firstMs: 50, lastMs: 1000 }, Math.random()))
    }
  }

  /** Whoever waited for this write waits for the next one: it takes along what is not newer by then. */
  #putBack(values: ReadonlyMap<string, Values>, written: PromiseWithResolvers<void> | undefined): void {
    const nowMs = this.#options.clock.nowMs()
    for (const [key, ports] of values) {
      const waiting = this.#waitingOf(key)
      for (const [port, value] of ports) {
        const newer = waiting.get(port)
        if (newer === undefined || !isNewer(newer.ts, value.ts, nowMs)) waiting.set(port, value)
      }
    }
    this.#next ??= Promise.withResolvers<void>()
    written?.resolve(this.#next.promise)
  }

  async #write(values: ReadonlyMap<string, Values>): Promise<void> {
    const devices = [...values].filter(([, ports]) => ports.size > 0)
    const calls: Promise<unknown>[] = []
    for (let from = 0; from < devices.length; from += devicesAtOnce) {
      const some = devices.slice(from, from + devicesAtOnce)
      const args: (string | number)[] = [this.#options.clock.nowMs() + latestToleranceMs]
      for (const [, ports] of some) {
        args.push(ports.size)
        for (const [port, value] of ports) args.push(port, value.ts, pack(value))
      }
      const keys = some.map(([key]) => key)
      calls.push(this.#options.redis.eval(putScript, keys.length, ...keys, ...args))
    }
    await Promise.all(calls)
  }

  #waitingOf(key: string): Values {
    const known = this.#waiting.get(key)
    if (known !== undefined) return known
    const created: Values = new Map()
    this.#waiting.set(key, created)
    return created
  }

  #key(orgId: string, deviceId: string): string {
    return `${this.#options.prefix}${orgId}:${deviceId}`
  }
}

function valuesOf(known: Readonly<Record<string, string>>): readonly LatestValue[] {
  return Object.entries(known)
    .map(([port, packed]) => unpack(port, packed))
    .filter((value) => value !== undefined)
    .sort((a, b) => a.port - b.port)
}
