import { beforeEach, describe, expect, it } from 'vitest'
import { InvalidCursor, InvalidFilter, InvalidQuery } from '../errors.ts'
import { everyDocument } from '../every-document.ts'
import type { Filter, FindOptions } from '../port.ts'
import { ids, put, THINGS } from './fixture.ts'
import type { StoreUnderTest, Things } from './fixture.ts'

/** Many documents: filters, order, pages, count. */
export function describeQueries(subject: () => StoreUnderTest): void {
  let things: Things
  beforeEach(() => {
    things = subject().store.organization('acme').collection(THINGS)
  })

  describe('filters', () => {
    beforeEach(async () => {
      await put(things, [
        { id: 'a', name: 'anna', rank: 1, active: true, tags: ['red', 5], nested: { city: 'Rome' } },
        { id: 'b', name: 'ben', rank: 2, active: false, tags: [], nested: { city: null } },
        { id: 'c', name: 'cid', rank: 10, tags: ['blue', null], any: '2', nested: { 'zip-code': 9 } },
        { id: 'd', name: null, rank: null, any: [1, 'x', true] },
        { id: 'e', any: 2 },
        { id: 'f', any: true },
      ])
    })

    const cases: readonly (readonly [Filter, string])[] = [
      [{}, 'abcdef'],
      [{ name: 'anna' }, 'a'],
      [{ name: { $eq: 'anna' } }, 'a'],
      [{ name: null }, 'def'],
      [{ name: { $ne: 'anna' } }, 'bcdef'],
      [{ name: { $ne: null } }, 'abc'],
      [{ rank: { $gt: 1 } }, 'bc'],
      [{ rank: { $gte: 2, $lt: 10 } }, 'b'],
      [{ rank: { $lte: 2 } }, 'ab'],
      [{ rank: { $gte: null } }, 'def'],
      [{ rank: { $lt: null } }, ''],
      [{ name: { $gt: 'anna', $lte: 'cid' } }, 'bc'],
      [{ rank: { $in: [1, 10, 'x'] } }, 'ac'],
      [{ rank: { $in: [1, null] } }, 'adef'],
      [{ rank: { $in: [] } }, ''],
      [{ rank: { $nin: [1, 2] } }, 'cdef'],
      [{ rank: { $nin: [null] } }, 'abc'],
      [{ name: { $exists: true } }, 'abcd'],
      [{ name: { $exists: false } }, 'ef'],
      [{ 'nested.city': 'Rome' }, 'a'],
      [{ 'nested.city': null }, 'bcdef'],
      [{ 'nested.city': { $exists: true } }, 'ab'],
      [{ 'nested.zip-code': 9 }, 'c'],
      [{ active: true }, 'a'],
      [{ active: { $ne: true } }, 'bcdef'],
      [{ active: { $gt: false } }, 'a'],
      [{ tags: 'red' }, 'a'],
      [{ tags: { $gte: 5 } }, 'a'],
      [{ tags: { $ne: 'red' } }, 'bcdef'],
      [{ tags: null }, 'cdef'],
      [{ tags: { $in: ['blue', 5] } }, 'ac'],
      [{ tags: { $nin: ['blue', 5] } }, 'bdef'],
      [{ tags: { $exists: true } }, 'abc'],
      [{ any: 2 }, 'e'],
      [{ any: '2' }, 'c'],
      [{ any: 1 }, 'd'],
      [{ any: true }, 'df'],
      [{ any: { $gt: 0 } }, 'de'],
      [{ any: { $gt: '' } }, 'cd'],
      [{ any: '[1,"x",true]' }, ''],
      [{ id: { $in: ['a', 'f', 1] } }, 'af'],
      [{ id: { $gt: 'd' } }, 'ef'],
      [{ unknown: null }, 'abcdef'],
      [{ unknown: 'x' }, ''],
      [{ $or: [{ name: 'anna' }, { rank: 10 }] }, 'ac'],
      [{ $and: [{ rank: { $gt: 1 } }, { $or: [{ name: 'ben' }, { name: 'anna' }] }] }, 'b'],
      [{ name: 'anna', $or: [{ rank: 1 }, { rank: 2 }] }, 'a'],
    ]
    it.each(cases)('%j finds %s', async (filter, expected) => {
      const { items } = await things.find(filter)
      expect(ids(items).join('')).toBe(expected)
      expect(await things.count(filter)).toBe(expected.length)
    })

    it.each([
      '{"$where":"1"}',
      '{"$nor":[{"rank":1}]}',
      '{"rank":{"$regex":"."}}',
      '{"rank":{"$not":{"$gt":1}}}',
      '{"rank":{"$gt":{"$gt":1}}}',
      '{"rank":{"$gt":1,"x":2}}',
      '{"rank":{}}',
      '{"rank":[1]}',
      '{"rank":{"$in":1}}',
      '{"rank":{"$in":[[1]]}}',
      '{"rank":{"$exists":1}}',
      '{"$or":[]}',
      '{"$or":{"rank":1}}',
      '{"$and":[1]}',
      '{"__proto__":{"rank":1}}',
      '{"nested.__proto__":1}',
      '{"constructor":1}',
      '{"constructor.prototype":1}',
      '{"":1}',
      '{"a..b":1}',
      '{".a":1}',
      '{"a.":1}',
      '{"a\\u0000":1}',
      '{"a b":1}',
      '{"tags.0":"red"}',
      '{"nested.$city":1}',
      `{"name') OR 1=1 --":1}`,
      '{"name\\"":1}',
      '[]',
      '"x"',
      '{"$and":'.repeat(20) + '1' + '}'.repeat(20),
      `${'{"$and":['.repeat(20)}{}${']}'.repeat(20)}`,
    ])('refuses %s', async (text) => {
      const filter: Filter = JSON.parse(text)
      await expect(things.find(filter)).rejects.toThrow(InvalidFilter)
      await expect(things.removeMany(filter)).rejects.toThrow(InvalidFilter)
      expect(await things.count()).toBe(6)
    })

    it('refuses a value that is undefined or no JSON, instead of widening the query', async () => {
      const values = [undefined, Number.NaN, Infinity, 1n, new Date(0), '\ud800', () => 1, Symbol('x')]
      for (const value of values) {
        // @ts-expect-error what untyped code may pass
        const filter: Filter = { name: value }
        await expect(things.removeMany(filter)).rejects.toThrow(InvalidFilter)
      }
    })

    it('takes values as data, whatever they look like', async () => {
      const name = `'; DROP TABLE things; --`
      await things.insert({ id: 'g', name })
      expect(ids((await things.find({ name })).items)).toEqual(['g'])
      expect(ids((await things.find({ name: '$gt' })).items)).toEqual([])
    })
  })

  describe('order', () => {
    const sortedBy = async (sort: FindOptions['sort'] = []): Promise<string> =>
      ids((await things.find({}, { sort })).items).join('')
    beforeEach(async () => {
      await put(things, [
        { id: 'd', name: 'x', rank: 2 },
        { id: 'a', name: 'y', rank: 2 },
        { id: 'c', name: 'x', rank: 1 },
        { id: 'b' },
        { id: 'e', name: 'x', rank: null },
      ])
    })

    it('is by id unless asked otherwise', async () => {
      expect(await sortedBy()).toBe('abcde')
      expect(await sortedBy([{ path: 'id', direction: 'descending' }])).toBe('edcba')
    })

    it('puts what is missing first, and ties in the order of the id', async () => {
      expect(await sortedBy([{ path: 'rank', direction: 'ascending' }])).toBe('becad')
      expect(await sortedBy([{ path: 'rank', direction: 'descending' }])).toBe('daceb')
    })

    it('follows several paths, each in its own direction', async () => {
      expect(
        await sortedBy([
          { path: 'name', direction: 'descending' },
          { path: 'rank', direction: 'ascending' },
        ]),
      ).toBe('aecdb')
    })

    it('compares numbers as numbers and text by code point', async () => {
      await things.removeMany({})
      await put(things, [
        { id: 'a', rank: 10, name: 'Z' },
        { id: 'b', rank: 9, name: 'a' },
        { id: 'c', rank: -1.5, name: '\u{1F600}' },
        { id: 'd', rank: 1e21, name: '\uffee' },
      ])
      expect(await sortedBy([{ path: 'rank', direction: 'ascending' }])).toBe('cbad')
      expect(await sortedBy([{ path: 'name', direction: 'ascending' }])).toBe('abdc')
    })

    it('refuses a sort or limit that cannot be', async () => {
      const options: readonly FindOptions[] = [
        { limit: 0 },
        { limit: -1 },
        { limit: 1.5 },
        { limit: 1e9 },
        { limit: Number.NaN },
        { sort: [{ path: '$x', direction: 'ascending' }] },
        { sort: [{ path: `x') --`, direction: 'ascending' }] },
        JSON.parse('{"sort":[{"path":"a","direction":"up"}]}'),
        JSON.parse('{"limit":"5"}'),
      ]
      for (const each of options) await expect(things.find({}, each)).rejects.toThrow(InvalidQuery)
    })
  })

  describe('pages', () => {
    const sort = [{ path: 'rank', direction: 'ascending' }] as const
    beforeEach(async () => {
      await put(
        things,
        Array.from({ length: 10 }, (_, n) => ({ id: `t${n}`, rank: Math.floor(n / 3) * 10 })),
      )
    })

    it('ends without a cursor when there is no more', async () => {
      expect((await things.find({}, { limit: 10 })).nextCursor).toBeUndefined()
      expect((await things.find({}, { limit: 9 })).nextCursor).toBeDefined()
    })

    it('stays in place while documents come and go', async () => {
      const first = await things.find({}, { sort, limit: 4 })
      expect(ids(first.items)).toEqual(['t0', 't1', 't2', 't3'])
      await things.insert({ id: 'before', rank: 5 })
      await things.insert({ id: 'behind', rank: 15 })
      // The very document that the cursor names may go.
      await things.remove('t3')
      await things.remove('t4')
      const second = await things.find({}, { sort, limit: 100, cursor: first.nextCursor ?? '' })
      expect(ids(second.items)).toEqual(['t5', 'behind', 't6', 't7', 't8', 't9'])
    })

    it('can be walked through as one sequence', async () => {
      const seen: string[] = []
      for await (const { document } of everyDocument(things, { rank: { $lt: 30 } }, { sort, limit: 2 })) {
        seen.push(document.id)
      }
      expect(seen).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8'])
    })

    it('refuses a cursor that was altered, cut, made up or taken from another query', async () => {
      const { nextCursor = '' } = await things.find({}, { sort, limit: 4 })
      const flipped = (at: number): string =>
        nextCursor.slice(0, at) + (nextCursor[at] === 'A' ? 'B' : 'A') + nextCursor.slice(at + 1)
      const wrong = [
        '',
        'x',
        '!!',
        nextCursor.slice(0, -4),
        `${nextCursor}AAAA`,
        ...Array.from({ length: nextCursor.length - 1 }, (_, at) => flipped(at)),
        Buffer.from('{"id":"t1"}').toString('base64url'),
      ]
      for (const cursor of wrong) {
        await expect(things.find({}, { sort, cursor })).rejects.toThrow(InvalidCursor)
      }
      await expect(things.find({}, { cursor: nextCursor })).rejects.toThrow(InvalidCursor)
      const descending = [{ path: 'rank', direction: 'descending' }] as const
      await expect(things.find({}, { sort: descending, cursor: nextCursor })).rejects.toThrow(InvalidCursor)
    })
  })
}
