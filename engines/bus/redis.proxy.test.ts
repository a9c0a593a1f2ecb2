import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Unavailable } from '../../nodes/platform/kit/unavailable.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import { FaultyProxy } from '../../nodes/platform/testing/faulty-proxy.fixture.ts'
import type { Bus } from '../../nodes/platform/bus/port.ts'
import { openRedisBus } from './redis.ts'

const everyMs = 500

describe.skipIf(isRedisMissing)(
  'the bus over a network that fails (needs redis-server)',
  { timeout: 30_000 },
  () => {
    let server: RedisServer
    let proxy: FaultyProxy
    let channel: string
    beforeAll(async () => {
      server = await startRedis()
    })
    afterAll(() => server[Symbol.asyncDispose]())
    beforeEach(async () => {
      channel = randomUUID()
      proxy = await FaultyProxy.open(server.port)
    })
    afterEach(() => proxy[Symbol.asyncDispose]())

    async function join(instance: string, port: number): Promise<Bus> {
      const url = `redis://127.0.0.1:${port}`
      const connect = (name: string) => connectRedis({ url, name, logger: silentLogger })
      const bus = await openRedisBus({ instance, channel, log: silentLogger, everyMs, connect })
      onTestFinished(() => bus.close())
      return bus
    }

    it.each([
      ['half-open', () => Promise.resolve(proxy.silence())],
      ['refused', () => proxy.partition('refuse')],
    ])('says that it is cut off (%s), and tells of the gap when it is back', async (_, begin) => {
      const near = await join('near', server.port)
      const far = await join('far', proxy.port)
      const heard: unknown[] = []
      let gaps = 0
      far.subscribe('news', (event) => heard.push(event))
      far.onGap(() => (gaps += 1))
      await near.publish('news', 1)
      await vi.waitFor(() => expect(heard).toEqual([1]))
      await begin()
      await near.publish('news', 2)
      await vi.waitUntil(() => far.trouble !== undefined, { timeout: 10 * everyMs })
      await expect(far.publish('news', 'lost')).rejects.toThrow(Unavailable)
      expect([heard, gaps]).toEqual([[1], 0])
      await proxy.heal()
      await vi.waitUntil(() => far.trouble === undefined && gaps > 0, { timeout: 15_000 })
      await near.publish('news', 3)
      await vi.waitFor(() => expect(heard).toEqual([1, 3]))
      expect(near.trouble).toBeUndefined()
    })
  },
)
