import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { watchEventLoop } from '../mongo/testing/event-loop.fixture.ts'
import {
  isMongoMissing,
  isServerOurs,
  mongoServerName,
  startMongoServer,
} from '../mongo/testing/server.fixture.ts'
import type { MongoServer, ServerProcess } from '../mongo/testing/server.fixture.ts'
import { contains, asItems, itemsOf, readings } from '../../nodes/platform/series/contract/fixture.ts'
import { openForTest } from './mongo.fixture.ts'
import type { MongoSeriesUnderTest } from './mongo.fixture.ts'

const isSkipped = isMongoMissing || !isServerOurs
describe.skipIf(isSkipped)(
  `Readings while the server (${mongoServerName}) is in trouble`,
  { timeout: 90_000 },
  () => {
    let server: MongoServer
    let engine: ServerProcess
    let test: MongoSeriesUnderTest
    beforeAll(async () => {
      server = await startMongoServer()
      if (server.process === undefined) throw new Error('The server is not ours')
      engine = server.process
    }, 60_000)
    afterAll(() => server.close())
    beforeEach(async () => {
      test = await openForTest(server, { answerWithinMs: 1_000, retryWithinMs: 30_000 })
    })
    afterEach(() => test.close())

    it('wait while it is frozen, say so, hold up nothing else, and are stored once afterwards', async () => {
      const { store } = test
      await store.append(readings(20))
      const lag = watchEventLoop()
      engine.freeze()
      const waiting = store.append(readings(40))
      await vi.waitFor(() => expect(store.trouble).toBeInstanceOf(Error), 5_000)
      await expect(contains(store, readings(1))).rejects.toMatchObject({ name: 'SeriesUnavailable' })
      engine.thaw()
      await waiting
      expect(lag()).toBeLessThan(200)
      expect(store.trouble).toBeUndefined()
      expect(await itemsOf(store)).toEqual(asItems(readings(40)))
      await store.append(readings(50))
      expect(await itemsOf(store)).toEqual(asItems(readings(50)))
    })

    it('are all there, once, when it is killed again and again under load', async () => {
      const { store } = test
      const all = readings(600)
      let stored = 0
      const load = (async () => {
        for (; stored < all.length; stored += 20) await store.append(all.slice(stored, stored + 20))
      })()
      for (const at of [100, 300]) {
        await vi.waitUntil(() => stored >= at, { timeout: 30_000, interval: 5 })
        await engine.kill()
        await engine.restart()
      }
      await load
      expect(store.trouble).toBeUndefined()
      expect(await itemsOf(store)).toEqual(asItems(all))
    })

    it('are refused as unavailable when it stays away, and taken when they come again', async () => {
      await test.close()
      test = await openForTest(server, { answerWithinMs: 500, retryWithinMs: 1_500 })
      await engine.kill()
      await expect(test.store.append(readings(10))).rejects.toMatchObject({ name: 'SeriesUnavailable' })
      expect(test.store.trouble).toBeInstanceOf(Error)
      await engine.restart()
      await vi.waitFor(() => test.store.append(readings(10)), { timeout: 30_000, interval: 200 })
      expect(test.store.trouble).toBeUndefined()
      expect(await itemsOf(test.store)).toEqual(asItems(readings(10)))
    })

    it('come in order when it answers slowly', async () => {
      const { store } = test
      const all = readings(60)
      const appends = [0, 20, 40].map((at) => store.append(all.slice(at, at + 20)))
      for (let times = 0; times < 5; times += 1) {
        engine.freeze()
        await sleep(200)
        engine.thaw()
        await sleep(20)
      }
      await Promise.all(appends)
      expect(await itemsOf(store)).toEqual(asItems(all))
    })
  },
)
