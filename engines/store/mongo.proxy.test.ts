import { randomUUID } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectMongo } from '../mongo/connect.ts'
import type { MongoConnection } from '../mongo/connect.ts'
import { openProxyTo, urlThrough } from '../mongo/testing/proxy.fixture.ts'
import { isMongoMissing, mongoServerName, startMongoServer } from '../mongo/testing/server.fixture.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import type { FaultyProxy } from '../../nodes/platform/testing/faulty-proxy.fixture.ts'
import { ids, THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Things } from '../../nodes/platform/store/contract/fixture.ts'
import { openMongoStore } from './mongo.ts'
import type { Store } from '../../nodes/platform/store/port.ts'

const ANSWER_WITHIN_MS = 1_000
/** A try that is not answered, finding the server again, and the driver's second try. */
const GIVEN_UP_WITHIN_MS = 2 * ANSWER_WITHIN_MS + 6_000
const unavailable: unknown = expect.objectContaining({ name: 'StoreUnavailable' })

describe.skipIf(isMongoMissing)(
  `Documents over a network that fails (${mongoServerName})`,
  { timeout: 60_000 },
  () => {
    let server: MongoServer
    let proxy: FaultyProxy
    let connection: MongoConnection
    let store: Store
    let things: Things
    beforeAll(async () => {
      server = await startMongoServer()
    }, 60_000)
    afterAll(() => server.close())
    beforeEach(async () => {
      proxy = await openProxyTo(server)
      const url = urlThrough(proxy, `test-${randomUUID()}`)
      connection = await connectMongo({ url, logger: silentLogger, answerWithinMs: ANSWER_WITHIN_MS })
      store = await openMongoStore(connection, { maxWaitingWrites: 500 })
      things = store.organization('acme').collection(THINGS)
      await things.insert({ id: 'first', rank: 0 })
    })
    afterEach(async () => {
      await proxy.heal()
      await store.close()
      if (server.process === undefined) await connection.db.dropDatabase()
      await connection.close()
      await proxy[Symbol.asyncDispose]()
    })
    const isBack = (): Promise<void> => vi.waitFor(() => store.probe(), { timeout: 15_000 })

    it('take longer while answers do, and are the same', async () => {
      proxy.delay(200)
      const startedMs = performance.now()
      expect(await things.insert({ id: 'slow', rank: 1 })).toMatchObject({ kind: 'inserted' })
      const changed = await things.update('slow', (thing) => ({ ...thing, rank: 2 }))
      expect(changed).toMatchObject({ kind: 'replaced', stored: { version: 2 } })
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_200)
      expect((await things.get('slow'))?.document.rank).toBe(2)
    })

    it('are refused in time while answers take too long; the event loop turns, memory stays, and all is well after', async () => {
      const heapBefore = process.memoryUsage().heapUsed
      const lag = monitorEventLoopDelay({ resolution: 10 })
      lag.enable()
      proxy.delay(1_000)
      const startedMs = performance.now()
      const writes = Array.from({ length: 5_000 }, (_, n) => things.insert({ id: `w${n}` }))
      const reads = Array.from({ length: 500 }, (_, n) => things.get(`w${n}`))
      const outcomes = await Promise.allSettled([...writes, ...reads, things.find(), things.count()])
      expect(performance.now() - startedMs).toBeLessThan(GIVEN_UP_WITHIN_MS)
      lag.disable()
      expect(lag.percentile(99) / 1e6).toBeLessThan(100)
      expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(100e6)
      const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome))
      expect(reasons).toEqual(reasons.map(() => unavailable))
      expect(reasons.filter(({ reason }) => reason === 'queue-full')).toHaveLength(4_500)
      await proxy.heal()
      await isBack()
      expect(await things.insert({ id: 'after' })).toMatchObject({ kind: 'inserted' })
    })

    it('are refused in time while it is half-open, and all is well after', async () => {
      proxy.silence()
      const startedMs = performance.now()
      const outcomes = await Promise.allSettled([things.insert({ id: 'lost' }), things.get('first')])
      expect(performance.now() - startedMs).toBeLessThan(GIVEN_UP_WITHIN_MS)
      const rejected = { status: 'rejected', reason: unavailable }
      expect(outcomes).toEqual([rejected, rejected])
      await proxy.heal()
      await isBack()
      expect(await things.get('lost')).toBeUndefined()
    })

    interface Effect {
      readonly name: string
      /** In what is sent for it. */
      readonly request: string
      readonly id: 'first' | 'victim'
      readonly run: () => Promise<unknown>
      readonly outcome: unknown
      /** What somebody learns who did not hear that it was done, and tries again. */
      readonly again: unknown
      readonly version: number | undefined
    }
    const changed = { id: 'first', name: 'changed' }
    const stored = (document: object, version: number): unknown => ({ document, version })
    const effects: readonly Effect[] = [
      {
        name: 'insert',
        request: 'victim',
        id: 'victim',
        run: () => things.insert({ id: 'victim' }),
        outcome: { kind: 'inserted', stored: stored({ id: 'victim' }, 1) },
        again: { kind: 'duplicate', key: 'id' },
        version: 1,
      },
      {
        name: 'upsert',
        request: 'victim',
        id: 'victim',
        run: () => things.upsert({ id: 'victim' }),
        outcome: stored({ id: 'victim' }, 1),
        // It says what is to be there: the second is no other effect, though it counts as a version.
        again: stored({ id: 'victim' }, 2),
        version: 1,
      },
      {
        name: 'replace',
        request: 'findAndModify',
        id: 'first',
        run: () => things.replace(changed, 1),
        outcome: { kind: 'replaced', stored: stored(changed, 2) },
        again: { kind: 'conflict', current: stored(changed, 2) },
        version: 2,
      },
      {
        name: 'claim',
        request: 'findAndModify',
        id: 'first',
        run: () => things.claim({}, { owner: 'w', nowMs: 0, durationMs: 1_000 }),
        outcome: [stored({ id: 'first', rank: 0 }, 2)],
        again: [],
        version: 2,
      },
      {
        name: 'remove',
        request: 'delete',
        id: 'first',
        run: () => things.remove('first'),
        outcome: true,
        again: false,
        version: undefined,
      },
    ]

    it.each(effects)(
      'see one effect of $name when its answer is lost: the driver asks again under the same number',
      async ({ request, run, outcome, id, version }) => {
        const lost = proxy.loseAnswerTo(request)
        expect(await run()).toEqual(outcome)
        await lost
        expect((await things.get(id))?.version).toBe(version)
      },
    )

    it.each(effects)(
      'see one effect of $name when both answers are lost, and the caller tries again',
      async ({ request, run, again, id, version }) => {
        const lost = proxy.loseAnswerTo(request).then(() => proxy.loseAnswerTo(request))
        await expect(run()).rejects.toEqual(unavailable)
        await lost
        expect((await things.get(id))?.version).toBe(version)
        expect(await run()).toEqual(again)
      },
    )

    it('a claim whose answers were lost comes to somebody when its lease is over', async () => {
      const lost = proxy.loseAnswerTo('findAndModify').then(() => proxy.loseAnswerTo('findAndModify'))
      await expect(things.claim({}, { owner: 'w', nowMs: 0, durationMs: 1_000 })).rejects.toEqual(unavailable)
      await lost
      expect(await things.claim({}, { owner: 'v', nowMs: 999, durationMs: 1 })).toEqual([])
      expect(ids(await things.claim({}, { owner: 'v', nowMs: 1_000, durationMs: 1 }))).toEqual(['first'])
    })

    it('are there once if they were acknowledged, when connections are reset in the middle of requests', async () => {
      const acknowledged: string[] = []
      const refused: unknown[] = []
      const load = new AbortController()
      const workers = Array.from({ length: 4 }, async (_, worker) => {
        for (let n = 0; !load.signal.aborted; n += 1) {
          const id = `${worker}-${n}`
          await things.insert({ id, serial: id }).then(
            () => acknowledged.push(id),
            (error: unknown) => refused.push(error),
          )
        }
      })
      // In the head of a request, in its middle, in an answer, between two.
      for (const bytes of [7, 211, 1_003, 2_500, 4_999, 10_007]) {
        proxy.resetAfter(bytes)
        await vi.waitUntil(() => proxy.isBroken, { interval: 1, timeout: 15_000 })
        await proxy.heal()
      }
      const before = acknowledged.length
      await vi.waitUntil(() => acknowledged.length > before + 20, { timeout: 15_000 })
      load.abort()
      await Promise.all(workers)
      expect(refused).toEqual(refused.map(() => unavailable))
      const found = ids((await things.find({}, { limit: 10_000 })).items)
      expect(acknowledged.filter((id) => !found.includes(id))).toEqual([])
      expect(new Set(found).size).toBe(found.length)
    })
  },
)
