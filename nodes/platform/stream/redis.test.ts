import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, isRedisOld, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import { entries, labelsOf, readAll, uplink } from './contract/fixture.ts'
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

describe.skipIf(isRedisMissing || isRedisOld)(
  'on a server that syncs once a second (needs 7.2 for WAITAOF)',
  () => {
    let server: RedisServer
    beforeAll(async () => {
      server = await startRedis(['--appendfsync', 'everysec'])
    })
    afterAll(async () => {
      await server[Symbol.asyncDispose]()
    })

    it('waits for the disk after each append', async () => {
      const under = await redisUnderTest({ url: server.url })
      onTestFinished(under.dispose)
      for (const label of ['a1', 'a2', 'a3']) await under.stream().append(uplink, entries(label))
      const logger = { info: () => undefined, warn: () => undefined }
      const redis = connectRedis({ url: server.url, name: 'test', logger, whileAway: 'wait' })
      onTestFinished(() => {
        redis.disconnect()
      })
      expect(await redis.info('commandstats')).toContain('cmdstat_waitaof:calls=3,')
      expect(labelsOf(await readAll(under.stream().read(uplink)))).toEqual(['a1', 'a2', 'a3'])
    })
  },
)
