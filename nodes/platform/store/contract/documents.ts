import { beforeEach, describe, expect, it } from 'vitest'
import { DuplicateKey, InvalidDocument, InvalidName } from '../errors.ts'
import type { Store } from '../port.ts'
import { ids, THINGS } from './fixture.ts'
import type { StoreUnderTest, Thing, Things } from './fixture.ts'

/** One document at a time: insert, get, replace, update, upsert, remove, unique keys, tenants, restart. */
export function describeDocuments(subject: () => StoreUnderTest): void {
  let store: Store
  let things: Things
  beforeEach(() => {
    store = subject().store
    things = store.organization('acme').collection(THINGS)
  })

  describe('insert and get', () => {
    it('stores a document as version 1 and gets it back as it was', async () => {
      const document: Thing = {
        id: 'a',
        name: 'Ünï 🌀 "quoted" \u0000',
        rank: -0.1,
        tags: ['x', 2, null],
        any: [true],
      }
      const stored = { document, version: 1 }
      expect(await things.insert(document)).toEqual({ kind: 'inserted', stored })
      expect(await things.get('a')).toEqual(stored)
    })

    it('answers undefined for what is not there, also before anything was stored', async () => {
      expect(await things.get('a')).toBeUndefined()
      expect(await things.find()).toEqual({ items: [] })
      expect(await things.count()).toBe(0)
    })

    it('tells that an id is taken and leaves the first document alone', async () => {
      await things.insert({ id: 'a', rank: 1 })
      expect(await things.insert({ id: 'a', rank: 2 })).toEqual({ kind: 'duplicate', key: 'id' })
      expect(await things.get('a')).toEqual({ document: { id: 'a', rank: 1 }, version: 1 })
    })

    it('inserts several in order, up to the first whose key is taken', async () => {
      await things.insert({ id: 'c', rank: 1 })
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => ({ id, rank: 2 }))
      const inserted = (document: Thing): object => ({ kind: 'inserted', stored: { document, version: 1 } })
      expect(await things.insertInOrder([a, b, c, d].filter((each) => each !== undefined))).toEqual([
        inserted({ id: 'a', rank: 2 }),
        inserted({ id: 'b', rank: 2 }),
        { kind: 'duplicate', key: 'id' },
      ])
      expect((await things.find()).items.map(({ document }) => document)).toEqual([
        a,
        b,
        { id: 'c', rank: 1 },
      ])
      expect(await things.insertInOrder([])).toEqual([])
    })

    it('keeps the document as it was when the call was made', async () => {
      const document = { id: 'a', tags: ['before'] }
      const inserting = things.insert(document)
      document.tags.push('after')
      await inserting
      expect((await things.get('a'))?.document.tags).toEqual(['before'])
    })

    describe.each([{ id: '' }, { id: 'a\0b' }, { id: '\ud800' }, { id: 'x'.repeat(513) }])(
      'an unusable id: %j',
      (document) => {
        it('is refused', async () => {
          await expect(things.insert(document)).rejects.toThrow(InvalidDocument)
          await expect(things.upsert(document)).rejects.toThrow(InvalidDocument)
          await expect(things.replace(document, 1)).rejects.toThrow(InvalidDocument)
        })

        it('is one that nothing has', async () => {
          expect(await things.get(document.id)).toBeUndefined()
          expect(await things.update(document.id, (thing) => thing)).toEqual({ kind: 'missing' })
          expect(await things.remove(document.id)).toBe(false)
          expect(await things.release(document.id, 'w')).toBe(false)
        })
      },
    )

    it('refuses what the schema refuses, and names the path', async () => {
      const wrong: Thing = JSON.parse('{"id":"a","nested":{"city":7}}')
      await expect(things.insert(wrong)).rejects.toMatchObject({
        name: 'InvalidDocument',
        issues: [{ path: ['nested', 'city'] }],
      })
      expect(await things.count()).toBe(0)
    })

    it('treats __proto__ in a document as data that changes nothing', async () => {
      const hostile: Thing = JSON.parse('{"id":"a","__proto__":{"polluted":true},"constructor":{"x":1}}')
      await things.insert(hostile)
      expect((await things.get('a'))?.document).toEqual({ id: 'a' })
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    })
  })

  describe('unique keys', () => {
    it('refuses a taken key within the organization and names it', async () => {
      await things.insert({ id: 'a', serial: 's' })
      expect(await things.insert({ id: 'b', serial: 's' })).toEqual({ kind: 'duplicate', key: 'serial' })
      expect(
        await store.organization('other').collection(THINGS).insert({ id: 'b', serial: 's' }),
      ).toMatchObject({ kind: 'inserted' })
    })

    it('refuses a key that is unique everywhere also in another organization and on the platform', async () => {
      await things.insert({ id: 'a', login: 'ada' })
      const duplicate = { kind: 'duplicate', key: 'login' }
      expect(await things.insert({ id: 'b', login: 'ada' })).toEqual(duplicate)
      const others = store.organization('other').collection(THINGS)
      expect(await others.insert({ id: 'b', login: 'ada' })).toEqual(duplicate)
      expect(await store.platform(THINGS).insert({ id: 'b', login: 'ada' })).toEqual(duplicate)
    })

    it('compares all paths together, a missing second one being equal to itself', async () => {
      expect(await things.insert({ id: 'a', room: 'r', seat: 1 })).toMatchObject({ kind: 'inserted' })
      expect(await things.insert({ id: 'b', room: 'r', seat: 2 })).toMatchObject({ kind: 'inserted' })
      expect(await things.insert({ id: 'c', room: 'r' })).toMatchObject({ kind: 'inserted' })
      expect(await things.insert({ id: 'd', room: 'r', seat: null })).toEqual({
        kind: 'duplicate',
        key: 'slot',
      })
      expect(await things.insert({ id: 'e', room: 'r', seat: 1 })).toEqual({ kind: 'duplicate', key: 'slot' })
    })

    it('exempts documents that lack the first path', async () => {
      expect(await things.insert({ id: 'a', seat: 1, serial: null })).toMatchObject({ kind: 'inserted' })
      expect(await things.insert({ id: 'b', seat: 1, serial: null })).toMatchObject({ kind: 'inserted' })
      expect(await things.insert({ id: 'c' })).toMatchObject({ kind: 'inserted' })
    })

    it('holds for replace, update and upsert, and a refused one changes nothing', async () => {
      await things.insert({ id: 'a', serial: 's' })
      await things.insert({ id: 'b' })
      const duplicate = { kind: 'duplicate', key: 'serial' }
      expect(await things.replace({ id: 'b', serial: 's' }, 1)).toEqual(duplicate)
      expect(await things.update('b', (thing) => ({ ...thing, serial: 's' }))).toEqual(duplicate)
      await expect(things.upsert({ id: 'b', serial: 's' })).rejects.toThrow(DuplicateKey)
      expect(await things.get('b')).toEqual({ document: { id: 'b' }, version: 1 })
    })

    it('frees a key when its document goes or changes', async () => {
      await things.insert({ id: 'a', serial: 's', login: 'ada' })
      await things.remove('a')
      expect(await things.insert({ id: 'b', serial: 's', login: 'ada' })).toMatchObject({ kind: 'inserted' })
      await things.update('b', () => ({ id: 'b' }))
      expect(await things.insert({ id: 'c', serial: 's', login: 'ada' })).toMatchObject({ kind: 'inserted' })
    })

    it('lets one of many at once win, and spares those beside them', async () => {
      const twins = Array.from({ length: 20 }, (_, n) => things.insert({ id: `twin-${n}`, serial: 'same' }))
      const others = Array.from({ length: 20 }, (_, n) => things.insert({ id: `other-${n}` }))
      const kinds = (await Promise.all(twins)).map((outcome) => outcome.kind)
      expect(kinds.filter((kind) => kind === 'inserted')).toHaveLength(1)
      expect((await Promise.all(others)).every((outcome) => outcome.kind === 'inserted')).toBe(true)
      expect(await things.count()).toBe(21)
    })
  })

  describe('replace', () => {
    it('replaces at the expected version only', async () => {
      await things.insert({ id: 'a', rank: 1 })
      const second = { document: { id: 'a', rank: 2 }, version: 2 }
      expect(await things.replace(second.document, 1)).toEqual({ kind: 'replaced', stored: second })
      expect(await things.replace({ id: 'a', rank: 3 }, 1)).toEqual({ kind: 'conflict', current: second })
      expect(await things.get('a')).toEqual(second)
    })

    it('says when there is nothing to replace', async () => {
      expect(await things.replace({ id: 'a' }, 1)).toEqual({ kind: 'missing' })
    })
  })

  describe('update', () => {
    it('changes what is there, or says that nothing is', async () => {
      await things.insert({ id: 'a', rank: 1 })
      expect(await things.update('a', (thing) => ({ ...thing, rank: 5 }))).toEqual({
        kind: 'replaced',
        stored: { document: { id: 'a', rank: 5 }, version: 2 },
      })
      expect(await things.update('b', (thing) => thing)).toEqual({ kind: 'missing' })
    })

    it('writes nothing when the change gives back what it was given', async () => {
      await things.insert({ id: 'a', rank: 1 })
      const unchanged = { document: { id: 'a', rank: 1 }, version: 1 }
      expect(await things.update('a', (thing) => thing)).toEqual({ kind: 'replaced', stored: unchanged })
      expect(await things.get('a')).toEqual(unchanged)
    })

    it('passes on what the change throws, and refuses a changed id', async () => {
      await things.insert({ id: 'a' })
      const beside = things.insert({ id: 'beside' })
      const failing = things.update('a', () => {
        throw new RangeError('no')
      })
      await expect(failing).rejects.toThrow(RangeError)
      await expect(things.update('a', () => ({ id: 'b' }))).rejects.toThrow(InvalidDocument)
      expect(await beside).toMatchObject({ kind: 'inserted' })
      expect(await things.get('a')).toEqual({ document: { id: 'a' }, version: 1 })
    })
  })

  describe('upsert and remove', () => {
    it('inserts, then replaces whatever version is there', async () => {
      expect(await things.upsert({ id: 'a', rank: 1 })).toEqual({
        document: { id: 'a', rank: 1 },
        version: 1,
      })
      expect(await things.upsert({ id: 'a', rank: 2 })).toEqual({
        document: { id: 'a', rank: 2 },
        version: 2,
      })
      expect(await things.get('a')).toEqual({ document: { id: 'a', rank: 2 }, version: 2 })
    })

    it('removes, at the expected version when one is given', async () => {
      await things.insert({ id: 'a' })
      expect(await things.remove('a', 2)).toBe(false)
      expect(await things.remove('a', 1)).toBe(true)
      expect(await things.remove('a')).toBe(false)
      expect(await things.get('a')).toBeUndefined()
    })

    it('removes all that match and counts them', async () => {
      await Promise.all(
        Array.from({ length: 2_500 }, (_, n) => things.insert({ id: `t${n}`, rank: n % 5 === 0 ? 1 : 2 })),
      )
      expect(await things.removeMany({ rank: 2 })).toBe(2_000)
      expect(await things.count()).toBe(500)
    })

    it('shows a read the writes called before it', async () => {
      const inserting = things.insert({ id: 'a' })
      const updating = things.update('a', (thing) => ({ ...thing, rank: 1 }))
      expect(await things.get('a')).toEqual({ document: { id: 'a', rank: 1 }, version: 2 })
      await Promise.all([inserting, updating])
    })
  })

  describe('tenants', () => {
    it('keeps equal ids of two organizations and the platform apart in every operation', async () => {
      const others = store.organization('other').collection(THINGS)
      const platform = store.platform(THINGS)
      const place = { latitude: 1, longitude: 1 }
      await things.insert({ id: 'a', name: 'acme', place })
      await others.insert({ id: 'a', name: 'other', place })
      await platform.insert({ id: 'a', name: 'platform', place })
      expect((await others.get('a'))?.document.name).toBe('other')
      expect((await others.find({ name: 'acme' })).items).toEqual([])
      expect((await others.find({ $or: [{ name: 'acme' }, { name: 'other' }] })).items).toHaveLength(1)
      expect(await others.count({ id: 'a' })).toBe(1)
      expect(await others.near(place, { radiusMeters: 10 })).toHaveLength(1)
      expect(await others.claim({}, { owner: 'w', nowMs: 0, durationMs: 1 }, { limit: 9 })).toHaveLength(1)
      expect(await others.replace({ id: 'a', name: 'changed' }, 2)).toMatchObject({ kind: 'replaced' })
      await others.update('a', (thing) => ({ ...thing, rank: 9 }))
      await others.upsert({ id: 'a', rank: 10 })
      expect(await things.release('a', 'w')).toBe(false)
      expect(await others.removeMany({})).toBe(1)
      expect(await others.remove('a')).toBe(false)
      expect(await things.get('a')).toEqual({ document: { id: 'a', name: 'acme', place }, version: 1 })
      expect(await platform.get('a')).toEqual({ document: { id: 'a', name: 'platform', place }, version: 1 })
    })

    it('finds documents of an organization only through it, also with a cursor from another', async () => {
      await Promise.all(['a', 'b', 'c'].map((id) => things.insert({ id })))
      const { nextCursor = '' } = await things.find({}, { limit: 1 })
      const others = store.organization('other').collection(THINGS)
      expect((await others.find({}, { cursor: nextCursor })).items).toEqual([])
    })

    it('reads over all organizations for the platform admin, without the platform itself', async () => {
      const others = store.organization('other').collection(THINGS)
      await things.insert({ id: 'a', rank: 1 })
      await others.insert({ id: 'a', rank: 1 })
      await others.insert({ id: 'b', rank: 2 })
      await store.platform(THINGS).insert({ id: 'a', rank: 1 })
      const sort = [{ path: 'rank', direction: 'descending' }] as const
      const first = await store.everywhere(THINGS, { rank: { $gte: 1 } }, { sort, limit: 2 })
      expect(first.items.map(({ orgId, document }) => [orgId, document.id])).toEqual([
        ['other', 'b'],
        ['other', 'a'],
      ])
      const cursor = first.nextCursor ?? ''
      const second = await store.everywhere(THINGS, { rank: { $gte: 1 } }, { sort, limit: 2, cursor })
      expect(second.items.map(({ orgId }) => orgId)).toEqual(['acme'])
      expect(second.nextCursor).toBeUndefined()
    })

    it.each(['', '../other', 'a/b', 'a.b', 'a b', '$ne', 'x'.repeat(129)])(
      'refuses %j as an organization',
      (orgId) => {
        expect(() => store.organization(orgId)).toThrow(InvalidName)
      },
    )
  })

  it('keeps everything over a restart: documents, versions, keys, leases, locations', async () => {
    const place = { latitude: 45, longitude: 9 }
    await things.insert({ id: 'a', serial: 's', place })
    await things.claim({}, { owner: 'w', nowMs: 0, durationMs: 1_000 })
    const again = (await subject().reopen()).organization('acme').collection(THINGS)
    expect(await again.get('a')).toEqual({ document: { id: 'a', serial: 's', place }, version: 2 })
    expect(await again.insert({ id: 'b', serial: 's' })).toEqual({ kind: 'duplicate', key: 'serial' })
    expect(await again.claim({}, { owner: 'v', nowMs: 999, durationMs: 1 })).toEqual([])
    expect(ids(await again.near(place, { radiusMeters: 1 }))).toEqual(['a'])
  })

  it('answers a probe, and nothing after it was closed', async () => {
    await expect(store.probe()).resolves.toBeUndefined()
    await store.close()
    await expect(store.probe()).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'closed' })
    await expect(things.get('a')).rejects.toMatchObject({ reason: 'closed' })
    await expect(things.insert({ id: 'a' })).rejects.toMatchObject({ reason: 'closed' })
  })
}
