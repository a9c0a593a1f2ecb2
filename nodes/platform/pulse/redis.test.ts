import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../logger.ts'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import { connectedForMs } from './port.ts'
import { RedisPulse } from './redis.ts'

describe.skipIf(isRedisMissing)('signs of life on Redis (needs redis-server)', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = connectRedis({ url: server.url, name: 'pulse', logger: silentLogger })
    await new Promise((resolve) => redis.once('ready', resolve))
  })
  afterAll(async () => {
    redis.disconnect()
    await server[Symbol.asyncDispose]()
  })
  const open = (): RedisPulse => new RedisPulse({ redis, prefix: `${randomUUID()}:`, log: silentLogger })
  const nothing = { seenAt: undefined, isConnected: false }

  test('of devices that nobody told of there are none', async () => {
    expect(await open().of(['d1', 'd2'], 0)).toEqual([nothing, nothing])
    expect(await open().of([], 0)).toEqual([])
    await open().seen([])
  })

  test('when a device was heard of, and that it is connected, is told for each', async () => {
    const pulse = open()
    const ids = Array.from({ length: 2500 }, (_, index) => `d${index}`)
    await pulse.seen(ids.map((deviceId, index) => ({ deviceId, seenAt: index })))
    await pulse.connected(ids.slice(0, 1500), 10)
    const found = await pulse.of(['d2499', 'd1499', 'd1500'], 20)
    expect(found).toEqual([
      { seenAt: 2499, isConnected: false },
      { seenAt: 1499, isConnected: true },
      { seenAt: 1500, isConnected: false },
    ])
  })

  test('a connection that is not told of any more ends', async () => {
    const pulse = open()
    await pulse.connected(['d1'], 1000)
    expect((await pulse.of(['d1'], 1000 + connectedForMs - 1))[0]?.isConnected).toBe(true)
    expect((await pulse.of(['d1'], 1000 + connectedForMs))[0]?.isConnected).toBe(false)
  })

  test('a connection told of by a clock that was a day ahead is none once the clock is right', async () => {
    const pulse = open()
    await pulse.connected(['d1', 'd2'], 86_400_000)
    await pulse.connected(['d2'], 1000)
    expect((await pulse.of(['d1', 'd2'], 2000)).map(({ isConnected }) => isConnected)).toEqual([false, true])
  })

  test('a forgotten device leaves nothing', async () => {
    const pulse = open()
    await pulse.seen([{ deviceId: 'd1', seenAt: 5 }])
    await pulse.connected(['d1'], 5)
    await pulse.forget('d1')
    expect(await pulse.of(['d1'], 6)).toEqual([nothing])
  })

  test('while Redis is away telling is let be, and asking fails', async () => {
    const pulse = open()
    await server.kill()
    await pulse.seen([{ deviceId: 'd1', seenAt: 5 }])
    await expect(pulse.of(['d1'], 6)).rejects.toMatchObject({ name: 'Unavailable' })
    await server.start()
    await expect.poll(() => pulse.of(['d1'], 6).catch(() => []), { timeout: 5000 }).toEqual([nothing])
  })
})
