import { beforeEach, describe, expect, it } from 'vitest'
import { InvalidQuery } from '../errors.ts'
import { ids, put, THINGS } from './fixture.ts'
import type { StoreUnderTest, Things } from './fixture.ts'

/** Claims: work shared out between workers. */
export function describeLeases(subject: () => StoreUnderTest): void {
  let things: Things
  const lease = (owner: string, nowMs: number): { owner: string; nowMs: number; durationMs: number } => ({
    owner,
    nowMs,
    durationMs: 1_000,
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

    it('needs an owner and a duration', async () => {
      await expect(things.claim({}, lease('', 0))).rejects.toThrow(InvalidQuery)
      const endless = { owner: 'w', nowMs: 0, durationMs: 0 }
      await expect(things.claim({}, endless)).rejects.toThrow(InvalidQuery)
    })
  })
}
