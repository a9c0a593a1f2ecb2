import { afterAll, beforeAll, describe } from 'vitest'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import { redisUnderTest } from './redis.fixture.ts'
import { describeStreamContract } from './stream.contract.ts'

describe.skipIf(isRedisMissing)('on a real server (needs redis-server)', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  describeStreamContract('Redis Streams', () => redisUnderTest({ url: server.url }))
  describeStreamContract('Redis Streams in one partition', () =>
    redisUnderTest({ url: server.url, partitions: 1 }),
  )
})
