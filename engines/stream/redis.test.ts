import { randomUUID } from 'node:crypto'
import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, isRedisOld, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import {
  collector,
  entries,
  labelsOf,
  readAll,
  uplink,
} from '../../nodes/platform/stream/contract/fixture.ts'
import { redisUnderTest } from './redis.fixture.ts'
import { describeStreamContract } from '../../nodes/platform/stream/stream.contract.ts'

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

    it('hands over what took the place of entries that were seen and lost in a power cut', async () => {
      const namespace = randomUUID()
      const settings = { url: server.url, namespace, partitions: 1 }
      const [one, two] = [await redisUnderTest(settings), await redisUnderTest(settings)]
      onTestFinished(async () => {
        await one.dispose()
        await two.dispose()
      })
      const options = collector()
      const consumer = await one.stream().consume(options)
      await one.stream().append(uplink, entries('a1'))
      await vi.waitFor(async () => expect(await one.stream().lag(uplink, 'process')).toBe(0))
      const log = join(server.folder, 'appendonlydir', 'appendonly.aof.1.incr.aof')
      const { size } = statSync(log)
      await one.stream().append(uplink, entries('a2', 'a3'))
      await vi.waitFor(async () => expect(await one.stream().lag(uplink, 'process')).toBe(0))
      await server.kill()
      truncateSync(log, size)
      await server.start()
      await two.stream().append(uplink, entries('a4', 'a5', 'a6'))
      await vi.waitFor(() => expect(options.seen).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6']), 5000)
      await consumer.whenLagAtMost(0)
      await vi.waitFor(async () => expect(await two.stream().lag(uplink, 'process')).toBe(0))
    }, 20_000)
  },
)
