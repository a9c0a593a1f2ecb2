import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import { describePulseContract } from '../../nodes/platform/pulse/pulse.contract.ts'
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

  describePulseContract('Redis', open)

  test('while Redis is away telling is let be, and asking fails', async () => {
    const pulse = open()
    await server.kill()
    await pulse.seen([{ deviceId: 'd1', seenAt: 5 }])
    await expect(pulse.of(['d1'], 6)).rejects.toMatchObject({ name: 'Unavailable' })
    await server.start()
    await expect
      .poll(() => pulse.of(['d1'], 6).catch(() => []), { timeout: 5000 })
      .toEqual([{ seenAt: undefined, isConnected: false }])
  })
})
