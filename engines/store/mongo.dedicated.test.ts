import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { THINGS, type Things } from '../../nodes/platform/store/contract/fixture.ts'
import { AlreadyThere } from '../../nodes/platform/store/errors.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectMongo, type MongoConnection } from '../mongo/connect.ts'
import {
  isMongoMissing,
  type MongoServer,
  mongoServerName,
  startMongoServer,
} from '../mongo/testing/server.fixture.ts'
import { openMongoStore } from './mongo.ts'
import { contentOf, expectKept, fillForMove, loose } from './move.fixture.ts'
import { moveOrganization } from './mongo/move.ts'
import { databaseNameOf, databasesOf } from './mongo/places.ts'

const taken = { kind: 'duplicate', key: 'login' }
const count = 30

describe.skipIf(isMongoMissing)(
  `A dedicated organization on MongoDB (${mongoServerName})`,
  { timeout: 120_000 },
  () => {
    let server: MongoServer
    let connection: MongoConnection
    let stores: Store[]
    let store: Store
    let nowMs: number
    beforeAll(async () => {
      server = await startMongoServer()
    }, 60_000)
    afterAll(() => server.close())
    const instance = async (): Promise<Store> => {
      const opened = await openMongoStore(connection, { now: () => nowMs })
      stores.push(opened)
      return opened
    }
    beforeEach(async () => {
      nowMs = 0
      stores = []
      connection = await connectMongo({ url: `${server.url}/test-${randomUUID()}`, logger: silentLogger })
      store = await instance()
    })
    const databaseOf = (orgId: string): string => databaseNameOf(connection.db.databaseName, orgId)
    const own = (orgId: string) => connection.database(databaseOf(orgId)).collection('things')
    const pooled = () => connection.db.collection('things')
    afterEach(async () => {
      for (const each of stores) await each.close()
      if (server.process === undefined) {
        for (const orgId of ['fenced', 'walled', 'acme'])
          await connection.database(databaseOf(orgId)).dropDatabase()
        await connection.db.dropDatabase()
      }
      await connection.close()
    })
    const thingsOf = (orgId: string, of = store): Things => of.organization(orgId).collection(THINGS)

    it('has a database before it has documents, and all instances know, also those that run already', async () => {
      const other = await instance()
      await thingsOf('acme').insert({ id: 'b', login: 'bob' })
      await expect(store.dedicate?.('acme')).rejects.toThrow(AlreadyThere)
      await store.dedicate?.('fenced')
      await store.dedicate?.('fenced')
      await thingsOf('fenced', other).insert({ id: 'a', login: 'ada' })
      expect(await own('fenced').countDocuments()).toBe(1)
      expect(await pooled().countDocuments({ org: { $type: 'string' } })).toBe(1)
      expect(await store.bytesOf('fenced')).toBeGreaterThan(10)
      for (const one of [store, other, await instance()]) {
        expect(await thingsOf('fenced', one).get('a')).toMatchObject({ document: { login: 'ada' } })
        const { items } = await one.everywhere(THINGS)
        expect(items.map(({ orgId }) => orgId)).toEqual(['fenced', 'acme'])
      }
    })

    it('shares the keys that are unique everywhere with all others, whoever comes first', async () => {
      for (const orgId of ['fenced', 'walled']) await store.dedicate?.(orgId)
      await thingsOf('fenced').insert({ id: '1', login: 'ada' })
      await thingsOf('acme').insert({ id: '1', login: 'bob' })
      for (const orgId of ['acme', 'walled', 'fenced'])
        for (const login of ['ada', 'bob'])
          expect(await thingsOf(orgId).insert({ id: '2', login })).toEqual(taken)
      expect(await thingsOf('fenced').update('1', () => ({ id: '1', login: 'bob' }))).toEqual(taken)
      expect(await thingsOf('acme').replace({ id: '1', login: 'ada' }, 1)).toEqual(taken)
      await expect(thingsOf('walled').upsert({ id: '3', login: 'ada' })).rejects.toThrow('login')
    })

    it('frees such a key for others when its document lets go of it, and not when a write was refused', async () => {
      await store.dedicate?.('fenced')
      const fenced = thingsOf('fenced')
      for (const [id, login] of Object.entries({ 1: 'ada', 2: 'bob', 3: 'cyd' }))
        await fenced.insert({ id, login })
      expect(await fenced.replace({ id: '1', login: 'dan' }, 7)).toMatchObject({ kind: 'conflict' })
      expect(await thingsOf('acme').insert({ id: '0', login: 'ada' })).toEqual(taken)
      expect(await thingsOf('acme').insert({ id: '0', login: 'dan' })).toMatchObject({ kind: 'inserted' })
      await fenced.update('1', () => ({ id: '1' }))
      await fenced.remove('2')
      expect(await fenced.removeMany({ login: 'cyd' })).toBe(1)
      for (const [id, login] of Object.entries({ 1: 'ada', 2: 'bob', 3: 'cyd' }))
        expect(await thingsOf('acme').insert({ id, login })).toMatchObject({ kind: 'inserted' })
      expect(await pooled().countDocuments({ org: { $not: { $type: 'string' } } })).toBe(0)
    })

    it('keeps a key for a document that was never written (a crash in between) for a minute', async () => {
      for (const orgId of ['fenced', 'walled']) await store.dedicate?.(orgId)
      await thingsOf('fenced').insert({ id: 'lost', login: 'ada' })
      await thingsOf('fenced').insert({ id: 'there', login: 'bob' })
      await own('fenced').deleteOne({ id: 'lost' })
      nowMs = 59_999
      expect(await thingsOf('acme').insert({ id: '1', login: 'ada' })).toEqual(taken)
      nowMs = 60_000
      expect(await thingsOf('acme').insert({ id: '1', login: 'ada' })).toMatchObject({ kind: 'inserted' })
      expect(await thingsOf('walled').insert({ id: '1', login: 'bob' })).toEqual(taken)
    })

    it('lets one win when pooled and dedicated ask for a key at once', async () => {
      for (const orgId of ['fenced', 'walled']) await store.dedicate?.(orgId)
      const orgIds = ['acme', 'fenced', 'walled', 'other']
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          Promise.all(orgIds.map((orgId) => thingsOf(orgId).insert({ id: `t${n}`, login: `key-${n}` }))),
        ),
      )
      for (const each of outcomes)
        expect(each.map(({ kind }) => kind).toSorted()).toEqual([
          'duplicate',
          'duplicate',
          'duplicate',
          'inserted',
        ])
    })

    it('is merged in order with the others, and its documents are claimed with theirs', async () => {
      await store.dedicate?.('fenced')
      const ranks: readonly (number | null)[] = [3, null, 1, 2]
      for (const [at, orgId] of ['acme', 'fenced'].entries())
        for (const [n, rank] of ranks.entries())
          await thingsOf(orgId).insert({
            id: `t${n}`,
            rank: rank === null ? null : rank * 10 + at,
            name: '\u{1f600}',
          })
      const sort = [{ path: 'rank', direction: 'descending' }] as const
      const seen: (number | string)[] = []
      let cursor: string | undefined
      do {
        const page = await store.everywhere(THINGS, {}, { sort, limit: 3, ...(cursor && { cursor }) })
        seen.push(...page.items.map(({ document: { rank }, orgId }) => rank ?? orgId))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expect(seen).toEqual([31, 30, 21, 20, 11, 10, 'fenced', 'acme'])
      const lease = { owner: 'me', nowMs: 0, durationMs: 10 }
      const claimed = await store.claimEverywhere(THINGS, {}, lease, { limit: 5 })
      const rest = await store.claimEverywhere(THINGS, {}, lease)
      expect(
        [...claimed, ...rest].map(({ document, orgId }) => `${orgId} ${document.id}`).toSorted(),
      ).toEqual(['acme', 'fenced'].flatMap((orgId) => ranks.map((_, n) => `${orgId} t${n}`)))
    })

    describe('that is moved', () => {
      const move = async (to: 'pooled' | 'dedicated'): Promise<number> => {
        await store.close()
        const moved = await moveOrganization({ connection, orgId: 'acme', to, collections: [THINGS, loose] })
        store = await instance()
        return moved
      }
      beforeEach(() => fillForMove(store, count))

      it('has everything afterwards, as it was: versions, leases, unique keys, places; and back again', async () => {
        const before = await contentOf(store)
        for (const to of ['dedicated', 'pooled'] as const) {
          expect(await move(to)).toBe(count + 1)
          expect(await contentOf(store)).toEqual(before)
          expect(await own('acme').countDocuments()).toBe(to === 'dedicated' ? count : 0)
          await expectKept(store, count)
          expect(await move(to)).toBe(0)
        }
      })

      it('and has no documents gets no database', async () => {
        const nobody = { connection, orgId: 'nobody', to: 'dedicated', collections: [] } as const
        expect(await moveOrganization(nobody)).toBe(0)
        expect(await databasesOf(connection.db).countDocuments()).toBe(0)
      })

      it('and was cut short is in no store until it is moved again', async () => {
        const before = await contentOf(store)
        await move('dedicated')
        await databasesOf(connection.db).updateOne({ _id: 'acme' }, { $set: { moving: 'dedicated' } })
        await expect(instance()).rejects.toThrow('run `organization move acme` again')
        // Either way is a way out.
        expect(await move('pooled')).toBe(count + 1)
        expect(await contentOf(store)).toEqual(before)
      })
    })
  },
)

it.each([
  ['acme', 'fleetloom-org-acme'],
  ['Acme', expect.stringMatching(/^fleetloom-orgx-[0-9a-f]{20}$/)],
  ['a'.repeat(60), expect.stringMatching(/^fleetloom-orgx-[0-9a-f]{20}$/)],
])('the database of %s has a name that the server takes', (orgId, name) => {
  expect(databaseNameOf('fleetloom', orgId)).toEqual(name)
})
