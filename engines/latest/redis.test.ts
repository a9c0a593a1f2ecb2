import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import {
  aSeriesReading,
  describeLatestContract,
  noonClock,
  point,
  seriesOf,
} from '../../nodes/platform/latest/latest.contract.ts'
import type { LatestSource } from '../../nodes/platform/latest/port.ts'
import { RedisLatestValues } from './redis.ts'

describe.skipIf(isRedisMissing)('on Redis (needs redis-server)', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = connectRedis({ url: server.url, name: 'latest', logger: silentLogger })
    await new Promise((resolve) => redis.once('ready', resolve))
  })
  afterAll(async () => {
    redis.disconnect()
    await server[Symbol.asyncDispose]()
  })
  const open = (series: LatestSource, prefix = `${randomUUID()}:`, clock = noonClock): RedisLatestValues =>
    new RedisLatestValues({ redis, series, prefix, clock, log: silentLogger, gatherMs: 0 })

  describeLatestContract('Redis', (series, clock) => open(series, undefined, clock))

  test('another instance reads what one has put, once that is told', async () => {
    const prefix = `${randomUUID()}:`
    await open(seriesOf(), prefix).put([aSeriesReading({ ts: 30 })])
    const elsewhere = open(seriesOf(point(1, 10), point(2, 20)), prefix)
    expect(await elsewhere.of('acme', 'd1')).toEqual([point(1, 30), point(2, 20)])
  })

  test('two instances that write the same device leave the newest', async () => {
    const prefix = `${randomUUID()}:`
    const [a, b] = [open(seriesOf(), prefix), open(seriesOf(), prefix)]
    await Promise.all([
      b.put([aSeriesReading({ ts: 31 })]),
      a.put([aSeriesReading({ ts: 30 })]),
      a.put([aSeriesReading({ ts: 29 })]),
    ])
    expect(await a.of('acme', 'd1')).toEqual([point(1, 31)])
  })

  test('while Redis is away the series answers, and what is put waits until it is back', async () => {
    const latest = open(seriesOf(point(1, 10)))
    await server.kill()
    let isPut = false
    const put = latest.put([aSeriesReading({ ts: 30 })])?.then(() => (isPut = true))
    const later = latest.put([aSeriesReading({ ts: 31 }), aSeriesReading({ port: 2, ts: 5 })])
    expect(await latest.of('acme', 'd1')).toEqual([point(1, 10)])
    await expect(latest.forget('acme', 'd1')).rejects.toMatchObject({ name: 'Unavailable' })
    void latest.put([aSeriesReading({ ts: 31 }), aSeriesReading({ port: 2, ts: 5 })])
    expect(isPut).toBe(false)
    await server.start()
    await put
    await later
    await expect.poll(() => latest.of('acme', 'd1'), { timeout: 5000 }).toEqual([point(1, 31), point(2, 5)])
  })
})
