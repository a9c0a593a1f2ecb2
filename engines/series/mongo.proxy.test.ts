import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { openProxyTo, urlThrough } from '../mongo/testing/proxy.fixture.ts'
import { isMongoMissing, mongoServerName, startMongoServer } from '../mongo/testing/server.fixture.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import type { FaultyProxy } from '../../nodes/platform/testing/faulty-proxy.fixture.ts'
import { contains, asItems, itemsOf, readings } from '../../nodes/platform/series/contract/fixture.ts'
import { openForTest } from './mongo.fixture.ts'
import type { MongoSeriesUnderTest } from './mongo.fixture.ts'

/** `{ insert: 'series.readings' }` in BSON, without its type. */
const INSERT = 'insert\0\x10\0\0\0series.readings'

describe.skipIf(isMongoMissing)(
  `Readings over a network that fails (${mongoServerName})`,
  { timeout: 60_000 },
  () => {
    let server: MongoServer
    let proxy: FaultyProxy
    let test: MongoSeriesUnderTest
    beforeAll(async () => {
      server = await startMongoServer()
    }, 60_000)
    afterAll(() => server.close())
    beforeEach(async () => {
      proxy = await openProxyTo(server)
      const urlOf = (database: string): string => urlThrough(proxy, database)
      test = await openForTest(server, { answerWithinMs: 1_000, retryWithinMs: 30_000, urlOf })
    })
    afterEach(async () => {
      await proxy.heal()
      await test.close()
      await proxy[Symbol.asyncDispose]()
    })
    const rowsStored = (): Promise<number> =>
      test.connection.db.collection('series.readings').countDocuments()

    it.each([1, 2])('are stored once when the answer to the insert is lost %i times', async (times) => {
      await test.store.append(readings(5))
      const losing = (async () => {
        for (let n = 0; n < times; n += 1) await proxy.loseAnswerTo(INSERT)
      })()
      await test.store.append(readings(25).slice(5))
      await losing
      expect(await itemsOf(test.store)).toEqual(asItems(readings(25)))
      expect(await rowsStored()).toBe(25)
      expect(test.store.trouble).toBeUndefined()
    })

    it('are stored once, in order, when connections are reset in the middle of appends', async () => {
      const all = readings(400)
      let stored = 0
      const load = (async () => {
        for (; stored < all.length; stored += 20) await test.store.append(all.slice(stored, stored + 20))
      })()
      for (const bytes of [11, 1_501, 4_003, 8_009]) {
        proxy.resetAfter(bytes)
        await vi.waitUntil(() => proxy.isBroken, { interval: 1, timeout: 15_000 })
        await proxy.heal()
      }
      await load
      expect(await itemsOf(test.store)).toEqual(asItems(all))
      expect(await rowsStored()).toBe(400)
      expect(test.store.trouble).toBeUndefined()
    })

    it('wait in a partition and say so, and are stored once when it is over', async () => {
      await test.store.append(readings(20))
      await proxy.partition('hang')
      const waiting = test.store.append(readings(40))
      await vi.waitUntil(() => test.store.trouble !== undefined, { timeout: 15_000 })
      await expect(contains(test.store, readings(1))).rejects.toMatchObject({ name: 'SeriesUnavailable' })
      await proxy.heal()
      await waiting
      expect(test.store.trouble).toBeUndefined()
      expect(await itemsOf(test.store)).toEqual(asItems(readings(40)))
    })
  },
)
