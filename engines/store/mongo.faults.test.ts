import { randomUUID } from 'node:crypto'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectMongo } from '../mongo/connect.ts'
import type { MongoConnection } from '../mongo/connect.ts'
import { watchEventLoop } from '../mongo/testing/event-loop.fixture.ts'
import {
  isMongoMissing,
  isServerOurs,
  mongoServerName,
  startMongoServer,
} from '../mongo/testing/server.fixture.ts'
import type { MongoServer, ServerProcess } from '../mongo/testing/server.fixture.ts'
import { ids, THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Things } from '../../nodes/platform/store/contract/fixture.ts'
import { everyDocument } from '../../nodes/platform/store/every-document.ts'
import { openMongoStore } from './mongo.ts'
import type { Store } from '../../nodes/platform/store/port.ts'

const isSkipped = isMongoMissing || !isServerOurs
describe.skipIf(isSkipped)(
  `Documents while the server (${mongoServerName}) is in trouble`,
  { timeout: 90_000 },
  () => {
    let server: MongoServer
    let engine: ServerProcess
    let connection: MongoConnection
    let store: Store
    let things: Things
    beforeAll(async () => {
      server = await startMongoServer()
      if (server.process === undefined) throw new Error('The server is not ours')
      engine = server.process
    }, 60_000)
    afterAll(() => server.close())
    const open = async (maxWaitingWrites?: number): Promise<void> => {
      const url = `${server.url}/test-${randomUUID()}`
      connection = await connectMongo({ url, logger: silentLogger, answerWithinMs: 2_000 })
      store = await openMongoStore(connection, maxWaitingWrites === undefined ? {} : { maxWaitingWrites })
      things = store.organization('acme').collection(THINGS)
      await things.insert({ id: 'first', rank: 0 })
    }
    beforeEach(() => open())
    afterEach(async () => {
      await store.close()
      await connection.close()
    })

    it('are refused as unavailable while it is frozen, the probe within about a second', async () => {
      const lag = watchEventLoop()
      engine.freeze()
      const startedMs = performance.now()
      await expect(store.probe()).rejects.toMatchObject({ name: 'StoreUnavailable' })
      expect(performance.now() - startedMs).toBeLessThan(1_500)
      await expect(things.get('first')).rejects.toMatchObject({ name: 'StoreUnavailable' })
      expect(lag()).toBeLessThan(200)
      engine.thaw()
      await vi.waitFor(() => store.probe(), { timeout: 15_000 })
      expect(await things.update('first', (thing) => ({ ...thing, rank: 1 }))).toMatchObject({
        kind: 'replaced',
      })
    })

    it('are refused when more wait than it may', async () => {
      await store.close()
      await connection.close()
      await open(10)
      engine.freeze()
      const early = Array.from({ length: 10 }, (_, n) => things.insert({ id: `early-${n}` }))
      await expect(things.insert({ id: 'late' })).rejects.toMatchObject({ reason: 'queue-full' })
      engine.thaw()
      const outcomes = await Promise.allSettled(early)
      expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true)
      expect(await things.insert({ id: 'late' })).toMatchObject({ kind: 'inserted' })
    })

    it('lose nothing that was acknowledged when it is killed under load, and go on by themselves', async () => {
      const acknowledged: string[] = []
      const refused: unknown[] = []
      const load = new AbortController()
      const workers = Array.from({ length: 5 }, async (_, worker) => {
        for (let n = 0; !load.signal.aborted; n += 1) {
          const id = `${worker}-${n}`
          await things.insert({ id, serial: id }).then(
            () => acknowledged.push(id),
            (error: unknown) => refused.push(error),
          )
        }
      })
      for (const count of [100, 200]) {
        await vi.waitUntil(() => acknowledged.length >= count, { timeout: 30_000, interval: 5 })
        await engine.kill()
        await engine.restart()
      }
      await vi.waitUntil(() => acknowledged.length >= 300, { timeout: 30_000, interval: 5 })
      load.abort()
      await Promise.all(workers)
      const stored = new Set<string>()
      for await (const { document } of everyDocument(things)) stored.add(document.id)
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
      for (const error of refused) expect(error).toMatchObject({ name: 'StoreUnavailable' })
    })

    it('keep a claim with one worker through a restart', async () => {
      await things.claim({}, { owner: 'w', nowMs: 0, durationMs: 1_000 })
      await engine.kill()
      await engine.restart()
      await vi.waitFor(() => store.probe(), { timeout: 15_000 })
      expect(await things.claim({}, { owner: 'v', nowMs: 999, durationMs: 1 })).toEqual([])
      expect(ids(await things.claim({}, { owner: 'v', nowMs: 1_000, durationMs: 1 }))).toEqual(['first'])
    })
  },
)
