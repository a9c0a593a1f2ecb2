import { randomUUID } from 'node:crypto'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectMongo } from '../mongo/connect.ts'
import type { MongoConnection } from '../mongo/connect.ts'
import { isMongoMissing, mongoServerName, startMongoServer } from '../mongo/testing/server.fixture.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import { ids, put, THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Thing, Things } from '../../nodes/platform/store/contract/fixture.ts'
import { openMongoStore } from './mongo.ts'
import type { CollectionSpec, Store } from '../../nodes/platform/store/port.ts'

describe.skipIf(isMongoMissing)(
  `A database on MongoDB (${mongoServerName}) shared by instances`,
  { timeout: 60_000 },
  () => {
    let server: MongoServer
    let url: string
    let connections: MongoConnection[] = []
    beforeAll(async () => {
      server = await startMongoServer()
    }, 60_000)
    afterAll(() => server.close())
    beforeEach(() => {
      url = `${server.url}/test-${randomUUID()}`
    })
    afterEach(async () => {
      if (server.process === undefined) await connections[0]?.db.dropDatabase()
      for (const connection of connections) await connection.close()
      connections = []
    })
    /** Each has connections of its own, as another process has. */
    const instance = async (): Promise<Store> => {
      const connection = await connectMongo({ url, logger: silentLogger, maxConnections: 4 })
      connections.push(connection)
      return openMongoStore(connection)
    }
    const thingsOf = (store: Store): Things => store.organization('acme').collection(THINGS)
    const instances = (count: number): Promise<readonly Store[]> =>
      Promise.all(Array.from({ length: count }, instance))

    it('is begun by all of them at once, and its keys hold from the first document on', async () => {
      const stores = await instances(4)
      const outcomes = await Promise.all(
        stores.map((store, n) => thingsOf(store).insert({ id: `t${n}`, serial: 'same', login: `l${n}` })),
      )
      expect(outcomes.filter(({ kind }) => kind === 'inserted')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'duplicate')).toHaveLength(3)
    })

    it('gives each document to one of them only', async () => {
      const [first, second] = await instances(2)
      if (first === undefined || second === undefined) throw new Error('No instances')
      await put(
        thingsOf(first),
        Array.from({ length: 100 }, (_, n): Thing => ({ id: `t${n}` })),
      )
      const work = async (store: Store, owner: string): Promise<readonly string[]> => {
        const taken: string[] = []
        for (;;) {
          const claimed = await thingsOf(store).claim({}, { owner, nowMs: 0, durationMs: 1 }, { limit: 3 })
          if (claimed.length === 0) return taken
          taken.push(...ids(claimed))
        }
      }
      const taken = (await Promise.all([work(first, 'a'), work(second, 'b')])).flat()
      expect(taken).toHaveLength(100)
      expect(new Set(taken).size).toBe(100)
    })

    it('counts exactly when three of them count', async () => {
      const stores = await instances(3)
      for (const store of stores.slice(0, 1)) await thingsOf(store).insert({ id: 'counter', rank: 0 })
      await Promise.all(
        stores.map(async (store) => {
          for (let n = 0; n < 30; n += 1) {
            await thingsOf(store).update('counter', (thing) => ({ ...thing, rank: (thing.rank ?? 0) + 1 }))
          }
        }),
      )
      for (const store of stores) {
        expect(await thingsOf(store).get('counter')).toMatchObject({ document: { rank: 90 }, version: 91 })
      }
    })

    describe('and a spec that changes', () => {
      const plain: CollectionSpec<Thing> = { name: 'things', schema: THINGS.schema }

      it('gets new indexes over what is there, places too, and loses those it no longer names', async () => {
        const before = thingsBy(await instance(), plain)
        await before.insert({ id: 'a', serial: 's', place: { latitude: 1, longitude: 2 } })
        const after = thingsOf(await instance())
        expect(await after.insert({ id: 'b', serial: 's' })).toEqual({ kind: 'duplicate', key: 'serial' })
        expect(ids(await after.near({ latitude: 1, longitude: 2 }, { radiusMeters: 1 }))).toEqual(['a'])
        const again = thingsBy(await instance(), plain)
        expect(await again.insert({ id: 'b', serial: 's' })).toMatchObject({ kind: 'inserted' })
      })

      it('is refused where documents contradict it', async () => {
        const before = thingsBy(await instance(), plain)
        await put(before, [
          { id: 'a', serial: 's' },
          { id: 'b', serial: 's' },
        ])
        await expect(thingsOf(await instance()).insert({ id: 'c' })).rejects.toMatchObject({
          name: 'SchemaConflict',
        })
      })
    })

    it('brings back whatever JSON there is, which BSON would not', async () => {
      const schema = z.object({ id: z.string(), anything: z.json() })
      const spec: CollectionSpec<z.infer<typeof schema>> = {
        name: 'odd',
        schema,
        indexes: [['anything.fine']],
      }
      const odd = (await instance()).organization('acme').collection(spec)
      const anything = {
        fine: 1,
        $set: { x: 1 },
        'a.b': [{ 'c\0d': 'e' }],
        text: '\ud800',
        deep: JSON.parse(`${'['.repeat(120)}1${']'.repeat(120)}`),
      }
      await odd.insert({ id: 'a', anything })
      expect(await odd.get('a')).toEqual({ document: { id: 'a', anything }, version: 1 })
      expect(await odd.count({ 'anything.fine': 1 })).toBe(1)
      await odd.upsert({ id: 'a', anything: { fine: 2 } })
      expect(await odd.get('a')).toEqual({ document: { id: 'a', anything: { fine: 2 } }, version: 2 })
    })
  },
)

function thingsBy(store: Store, spec: CollectionSpec<Thing>): Things {
  return store.organization('acme').collection(spec)
}
