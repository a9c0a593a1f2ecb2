import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe } from 'vitest'
import { MemoryHub } from '../bus/memory.ts'
import { describeLiveContract } from '../../nodes/platform/live/live.contract.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import type { SharedRedis } from '../redis/shared-redis.ts'
import { type LiveInstance, liveUnderTest, openLiveInstance } from './socket-live.fixture.ts'
import { type SharedLive, shareLive } from './live-sharing.ts'

/** Resolves when all that was sent on it so far, subscriptions too, is done. */
async function isThrough(connection: Redis): Promise<void> {
  if (connection.status !== 'ready') await new Promise((resolve) => connection.once('ready', resolve))
  await connection.ping()
}

describe.skipIf(isRedisMissing)('over Redis (needs redis-server)', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  async function openInstance(hub: MemoryHub, prefix: string): Promise<[LiveInstance, SharedLive]> {
    const connections: Redis[] = []
    const connect: SharedRedis['connect'] = (name, whileAway) => {
      const connection = connectRedis({ url: server.url, name, logger: silentLogger, whileAway })
      connections.push(connection)
      return connection
    }
    const client = connect('client', 'wait')
    const sharing = shareLive(hub.open(randomUUID()), {
      client,
      keyPrefix: prefix,
      channelPrefix: prefix,
      connect,
    })
    const instance = await openLiveInstance(sharing)
    sharing.begin(instance.live)
    await Promise.all(connections.map(isThrough))
    client.disconnect()
    return [instance, sharing]
  }

  describeLiveContract('Socket.IO over Redis, between two instances', async () => {
    const [hub, prefix] = [new MemoryHub(), `${randomUUID()}:`]
    const [[publishing, first], [watching, second]] = [
      await openInstance(hub, prefix),
      await openInstance(hub, prefix),
    ]
    return liveUnderTest(publishing, watching, async () => {
      await Promise.all([publishing[Symbol.asyncDispose](), watching[Symbol.asyncDispose]()])
      first.stop()
      second.stop()
    })
  })
})
