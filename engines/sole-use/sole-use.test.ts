import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectRedis } from '../redis/connect.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../redis/server.fixture.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { temporaryDirectory } from '../store/testing/processes.ts'
import { ownerOf, type TakeForSelf, takeRedis, takeStore, useAlone } from './sole-use.ts'

/** `open` gives what nobody has taken yet. */
function describeTaking(name: string, open: () => TakeForSelf | Promise<TakeForSelf>): void {
  describe(`${name}:`, () => {
    test('is for one at a time, who may take it again', async () => {
      const take = await open()
      expect(await take('a', 0, 1000)).toBe(true)
      expect(await take('b', 10, 1010)).toBe(false)
      expect(await take('a', 20, 1020)).toBe(true)
    })

    test('of several at once one has it', async () => {
      const take = await open()
      const taken = await Promise.all(['a', 'b', 'c'].map((owner) => take(owner, 0, 1000)))
      expect(taken.filter(Boolean)).toHaveLength(1)
    })

    test('refuses a second process, by the setting that is missing', async () => {
      const parts = { take: await open(), nowMs: () => 0, setting: 'MONGO_URL', missing: 'REDIS_URL' }
      const end = await useAlone({ ...parts, owner: 'a' })
      await expect(useAlone({ ...parts, owner: 'b' })).rejects.toThrow(
        /^MONGO_URL: another process .* REDIS_URL/,
      )
      await end()
    })
  })
}

describe('a store', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>
  const stores: Store[] = []
  beforeAll(async () => {
    folder = await temporaryDirectory()
  })
  afterAll(async () => {
    for (const store of stores) await store.close()
    await folder.remove()
  })
  const open = async (): Promise<TakeForSelf> => {
    const store = await openSqliteStore({ directory: path.join(folder.path, randomUUID()) })
    stores.push(store)
    return takeStore(store)
  }
  describeTaking('that somebody uses', open)

  test('that its last user has left for long enough is free', async () => {
    const take = await open()
    expect(await take('a', 0, 1000)).toBe(true)
    expect(await take('b', 1000, 2000)).toBe(true)
    expect(await take('a', 1001, 2001)).toBe(false)
  })
})

describe.skipIf(isRedisMissing)('a Redis (needs redis-server)', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = connectRedis({ url: server.url, name: 'use', logger: silentLogger })
    await new Promise((resolve) => redis.once('ready', resolve))
  })
  afterAll(async () => {
    redis.disconnect()
    await server[Symbol.asyncDispose]()
  })
  describeTaking('that somebody uses', () => takeRedis(redis, randomUUID()))

  test('that its last user has left for long enough is free', async () => {
    const take = takeRedis(redis, 'key')
    await take('a', 0, 1)
    await expect.poll(() => take('b', 0, 1000), { timeout: 5000 }).toBe(true)
  })
})

test('a process is the same after a restart, and another one with other data', () => {
  expect(ownerOf('/data/a')).toBe(ownerOf('/data/a'))
  expect(ownerOf('/data/a')).not.toBe(ownerOf('/data/b'))
})
