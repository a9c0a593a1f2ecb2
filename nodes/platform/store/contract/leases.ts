import { beforeEach, describe, expect, it } from 'vitest'
import { InvalidQuery } from '../errors.ts'
import { ids, put, THINGS } from './fixture.ts'
import type { Owned } from '../port.ts'
import type { StoreUnderTest, Thing, Things } from './fixture.ts'

/** Claims: work shared out between workers. */
export function describeLeases(subject: () => StoreUnderTest): void {
  let things: Things
  const lease = (owner: string, nowMs: number): { owner: string; nowMs: number; durationMs: number } => ({
    owner,
    nowMs,
    durationMs: 1_000,
  })

  describe('the revision of a collection, where the engine has one', () => {
    it('is another after whatever may have changed it, and the same while nobody writes', async () => {
      const { store } = subject()
      const { revisionOf } = store
      if (revisionOf === undefined) return
      const other = { ...THINGS, name: 'other_things' }
      const acme = store.organization('acme').collection(THINGS)
      const claim = lease('w', 0)
      const changes: readonly (() => Promise<unknown>)[] = [
        () => acme.insert({ id: 'a', rank: 1 }),
        () => acme.insertInOrder([{ id: 'b' }]),
        () => acme.upsert({ id: 'a', rank: 2 }),
        () => acme.replace({ id: 'a', rank: 3 }, 2),
        () => acme.update('a', (document) => ({ ...document, rank: 4 })),
        () => acme.claim({ id: 'a' }, claim),
        () => acme.renew('a', claim),
        () => acme.release('a', 'w'),
        () => store.claimEverywhere(THINGS, { id: 'a' }, claim),
        () => acme.remove('a'),
        () => acme.removeMany({}),
        () => store.organization('another').collection(THINGS).insert({ id: 'a' }),
        () => store.platform(THINGS).insert({ id: 'a' }),
      ]
      for (const change of changes) {
        const before = revisionOf(THINGS)
        await change()
        const after = revisionOf(THINGS)
        expect({ change, after }).not.toEqual({ change, after: before })
        await store.everywhere(THINGS)
        await store.platform(other).insert({ id: 'x' })
        expect(revisionOf(THINGS)).toBe(after)
      }
    })
  })

  describe('claims', () => {
    beforeEach(async () => {
      things = subject().store.organization('acme').collection(THINGS)
      await put(things, [
        { id: 'a', rank: 3 },
        { id: 'b', rank: 1 },
        { id: 'c', rank: 2 },
        { id: 'd', rank: 9 },
      ])
    })

    it('takes the first that match, in order, up to the limit, as new versions', async () => {
      const sort = [{ path: 'rank', direction: 'ascending' }] as const
      const claimed = await things.claim({ rank: { $lt: 9 } }, lease('w', 0), { sort, limit: 2 })
      expect(claimed).toEqual([
        { document: { id: 'b', rank: 1 }, version: 2 },
        { document: { id: 'c', rank: 2 }, version: 2 },
      ])
      expect(await things.get('b')).toEqual(claimed[0])
      expect(ids(await things.claim({ rank: { $lt: 9 } }, lease('v', 0), { sort }))).toEqual(['a'])
    })

    it('never gives one document to two workers, however many ask at once', async () => {
      await put(
        things,
        Array.from({ length: 96 }, (_, n) => ({ id: `t${n}` })),
      )
      const claims = await Promise.all(
        Array.from({ length: 30 }, (_, n) => things.claim({}, lease(`w${n}`, 0), { limit: 7 })),
      )
      const taken = claims.flatMap(ids)
      expect(taken).toHaveLength(100)
      expect(new Set(taken).size).toBe(100)
    })

    it('ends by itself at its time, not before', async () => {
      await things.claim({ id: 'a' }, lease('w', 5_000))
      expect(await things.claim({ id: 'a' }, lease('v', 5_999))).toEqual([])
      expect(ids(await things.claim({ id: 'a' }, lease('v', 6_000)))).toEqual(['a'])
    })

    it('has ended when only a clock that was ahead can have given it', async () => {
      await things.claim({ id: 'a' }, lease('w', 3_600_000))
      await things.claim({ id: 'b' }, lease('w', 60_000))
      expect(ids(await things.claim({ id: { $in: ['a', 'b'] } }, lease('v', 0)))).toEqual(['a'])
      expect(await things.renew('a', lease('w', 1))).toBe(false)
      expect(await things.claim({ id: 'a' }, lease('x', 999))).toEqual([])
      expect(ids(await things.claim({ id: 'a' }, lease('x', 1_000)))).toEqual(['a'])
    })

    it('also keeps its own owner from taking it twice', async () => {
      await things.claim({ id: 'a' }, lease('w', 0))
      expect(await things.claim({ id: 'a' }, lease('w', 1))).toEqual([])
    })

    it('can be released by its owner only', async () => {
      await things.claim({ id: 'a' }, lease('w', 0))
      expect(await things.release('a', 'v')).toBe(false)
      expect(await things.release('a', 'w')).toBe(true)
      expect(await things.release('a', 'w')).toBe(false)
      expect(await things.release('missing', 'w')).toBe(false)
      expect(ids(await things.claim({ id: 'a' }, lease('v', 1)))).toEqual(['a'])
    })

    it('cannot be released after another worker took over', async () => {
      await things.claim({ id: 'a' }, lease('slow', 0))
      await things.claim({ id: 'a' }, lease('next', 1_000))
      expect(await things.release('a', 'slow')).toBe(false)
      expect(await things.claim({ id: 'a' }, lease('third', 1_001))).toEqual([])
    })

    it('fences off the late write of a worker that lost its claim', async () => {
      const [slow] = await things.claim({ id: 'a' }, lease('slow', 0))
      const [next] = await things.claim({ id: 'a' }, lease('next', 1_000))
      expect(await things.replace({ id: 'a', name: 'late' }, slow?.version ?? 0)).toMatchObject({
        kind: 'conflict',
      })
      expect(await things.replace({ id: 'a', name: 'done' }, next?.version ?? 0)).toMatchObject({
        kind: 'replaced',
      })
    })

    it('stays while the document is replaced, updated or upserted', async () => {
      const [claimed] = await things.claim({ id: 'a' }, lease('w', 0))
      await things.replace({ id: 'a', rank: 4 }, claimed?.version ?? 0)
      await things.update('a', (thing) => ({ ...thing, rank: 5 }))
      await things.upsert({ id: 'a', rank: 6 })
      expect(await things.claim({ id: 'a' }, lease('v', 1))).toEqual([])
    })

    it('can be renewed by its owner, with no moment in between when it is free', async () => {
      await things.claim({ id: 'a' }, lease('w', 0))
      expect(await things.renew('a', lease('w', 900))).toBe(true)
      expect(await things.claim({ id: 'a' }, lease('v', 1_899))).toEqual([])
      expect(ids(await things.claim({ id: 'a' }, lease('v', 1_900)))).toEqual(['a'])
    })

    it('stays at the version of its claim when it is renewed, so that its writes still hold', async () => {
      const [claimed] = await things.claim({ id: 'a' }, lease('w', 0))
      await things.renew('a', lease('w', 900))
      expect(await things.get('a')).toEqual(claimed)
      expect(await things.replace({ id: 'a', name: 'done' }, claimed?.version ?? 0)).toMatchObject({
        kind: 'replaced',
      })
    })

    it('is not renewed for a worker that another has taken over from, nor for a stranger', async () => {
      await things.claim({ id: 'a' }, lease('slow', 0))
      expect(await things.renew('a', lease('stranger', 1))).toBe(false)
      await things.claim({ id: 'a' }, lease('next', 1_000))
      expect(await things.renew('a', lease('slow', 1_001))).toBe(false)
      expect(await things.claim({ id: 'a' }, lease('third', 1_999))).toEqual([])
      expect(ids(await things.claim({ id: 'a' }, lease('third', 2_000)))).toEqual(['a'])
    })

    it('is renewed after its end while nobody has taken it', async () => {
      await things.claim({ id: 'a' }, lease('w', 0))
      expect(await things.renew('a', lease('w', 5_000))).toBe(true)
      expect(await things.claim({ id: 'a' }, lease('v', 5_999))).toEqual([])
    })

    it('is not renewed once it was released, or the document is gone', async () => {
      await things.claim({}, lease('w', 0))
      await things.release('a', 'w')
      await things.remove('b')
      expect(await things.renew('a', lease('w', 1))).toBe(false)
      expect(await things.renew('b', lease('w', 1))).toBe(false)
      expect(await things.renew('missing', lease('w', 1))).toBe(false)
    })

    it('goes to one of two who renew and take over at the moment when it ends', async () => {
      for (let round = 0; round < 20; round += 1) {
        const nowMs = round * 10_000
        await things.claim({ id: 'a' }, lease(`old-${round}`, nowMs))
        const [renewed, taken] = await Promise.all([
          things.renew('a', lease(`old-${round}`, nowMs + 1_000)),
          things.claim({ id: 'a' }, lease(`new-${round}`, nowMs + 1_000)),
        ])
        expect(taken).toHaveLength(renewed ? 0 : 1)
      }
    })

    it('needs an owner and a duration', async () => {
      await expect(things.claim({}, lease('', 0))).rejects.toThrow(InvalidQuery)
      const endless = { owner: 'w', nowMs: 0, durationMs: 0 }
      await expect(things.claim({}, endless)).rejects.toThrow(InvalidQuery)
      await expect(things.renew('a', endless)).rejects.toThrow(InvalidQuery)
    })
  })

  describe('claims over all organizations', () => {
    const sort = [{ path: 'rank', direction: 'ascending' }] as const
    const of = (orgId: string): Things => subject().store.organization(orgId).collection(THINGS)
    const claim = (owner: string, nowMs: number, limit = 100): Promise<readonly Owned<Thing>[]> =>
      subject().store.claimEverywhere(THINGS, { rank: { $lt: 9 } }, lease(owner, nowMs), { sort, limit })
    beforeEach(async () => {
      await put(of('acme'), [
        { id: 'a', rank: 3 },
        { id: 'b', rank: 1 },
        { id: 'late', rank: 9 },
      ])
      await put(of('other'), [{ id: 'a', rank: 2 }])
      await put(subject().store.platform(THINGS), [{ id: 'nobodys', rank: 0 }])
    })

    it('takes the first that match whoever owns them, but not what belongs to nobody', async () => {
      const first = await claim('w', 0, 2)
      expect(first).toHaveLength(2)
      expect(first[0]).toEqual({ document: { id: 'b', rank: 1 }, version: 2, orgId: 'acme' })
      const all = [...first, ...(await claim('v', 0))].map(({ orgId, document }) => `${orgId}/${document.id}`)
      expect(all.toSorted()).toEqual(['acme/a', 'acme/b', 'other/a'])
    })

    it('is the lease that each organization knows', async () => {
      await claim('w', 0)
      expect(await of('acme').claim({ id: 'a' }, lease('v', 999))).toEqual([])
      expect(await of('other').renew('a', lease('w', 999))).toBe(true)
      expect(await of('other').release('a', 'w')).toBe(true)
      expect((await claim('v', 1)).map(({ orgId }) => orgId)).toEqual(['other'])
    })

    it('needs an owner and a duration', async () => {
      await expect(claim('', 0)).rejects.toThrow(InvalidQuery)
    })
  })
}
