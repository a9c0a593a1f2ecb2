import { beforeEach, describe, expect, it } from 'vitest'
import { InvalidQuery } from '../errors.ts'
import type { GeoPoint } from '../port.ts'
import { ids, put, THINGS } from './fixture.ts'
import type { StoreUnderTest, Thing, Things } from './fixture.ts'

const at = (id: string, latitude: number, longitude: number): Thing => ({
  id,
  place: { latitude, longitude },
})

/** Search by distance. */
export function describePlaces(subject: () => StoreUnderTest): void {
  let things: Things
  beforeEach(() => {
    things = subject().store.organization('acme').collection(THINGS)
  })
  const around = async (latitude: number, longitude: number, radiusMeters: number): Promise<string> =>
    ids(await things.near({ latitude, longitude }, { radiusMeters })).join('')

  describe('near', () => {
    it('finds what lies within the radius, nearest first, with its distance', async () => {
      await put(things, [
        at('r', 41.9028, 12.4964),
        at('m', 45.4642, 9.19),
        at('n', 40.8518, 14.2681),
        { id: 'nowhere' },
      ])
      const found = await things.near({ latitude: 41.9, longitude: 12.5 }, { radiusMeters: 200_000 })
      expect(ids(found)).toEqual(['r', 'n'])
      expect(found[0]?.distanceMeters).toBeCloseTo(429, -1)
      // Rome to Naples, about 189 km.
      expect(found[1]?.distanceMeters).toBeGreaterThan(187_500)
      expect(found[1]?.distanceMeters).toBeLessThan(190_500)
      expect(found[0]).toMatchObject({ document: at('r', 41.9028, 12.4964), version: 1 })
    })

    it('honours filter and limit', async () => {
      await put(things, [
        { ...at('a', 10, 10), rank: 1 },
        { ...at('b', 10.001, 10), rank: 2 },
        { ...at('c', 10.002, 10), rank: 2 },
      ])
      const point: GeoPoint = { latitude: 10, longitude: 10 }
      expect(ids(await things.near(point, { radiusMeters: 1_000, filter: { rank: 2 } }))).toEqual(['b', 'c'])
      expect(ids(await things.near(point, { radiusMeters: 1_000, limit: 2 }))).toEqual(['a', 'b'])
    })

    it('cuts at the exact radius', async () => {
      await put(things, [at('a', 0, 0), at('b', 0.001, 0), at('c', 0, 0.002)])
      expect(await around(0, 0, 0)).toBe('a')
      expect(await around(0, 0, 110)).toBe('a')
      expect(await around(0, 0, 112)).toBe('ab')
      expect(await around(0, 0, 223)).toBe('abc')
    })

    it('reaches across the antimeridian, from either side and from on it', async () => {
      await put(things, [at('e', -17, 179.99), at('w', -17, -179.99), at('x', -17, 178)])
      expect(await around(-17, 179.995, 5_000)).toBe('ew')
      expect(await around(-17, -179.995, 5_000)).toBe('we')
      expect(await around(-17, 180, 5_000)).toHaveLength(2)
      expect(await around(-17, -180, 5_000)).toHaveLength(2)
    })

    it('reaches over the poles', async () => {
      await put(things, [at('a', 89.99, 0), at('b', 89.98, 180), at('c', 89, 90), at('s', -90, 0)])
      expect(await around(89.995, 0, 5_000)).toBe('ab')
      expect(await around(90, 123, 5_000)).toBe('ab')
      expect(await around(-89.99, -77, 5_000)).toBe('s')
      expect(await around(0, 0, 20_100_000)).toHaveLength(4)
    })

    it('follows a document that moves, leaves or loses its place', async () => {
      await put(things, [at('a', 1, 1), at('b', 1, 1), at('c', 1, 1)])
      await things.upsert(at('a', 50, 50))
      await things.update('b', () => ({ id: 'b' }))
      await things.remove('c')
      expect(await around(1, 1, 1_000)).toBe('')
      expect(await around(50, 50, 1_000)).toBe('a')
    })

    it('refuses a place, radius or collection that cannot be searched', async () => {
      const near = (latitude: number, longitude: number, radiusMeters: number): Promise<unknown> =>
        things.near({ latitude, longitude }, { radiusMeters })
      for (const wrong of [near(91, 0, 1), near(0, 181, 1), near(Number.NaN, 0, 1), near(0, 0, -1)]) {
        await expect(wrong).rejects.toThrow(InvalidQuery)
      }
      const { location: _, ...placeless } = THINGS
      const collection = subject()
        .store.organization('acme')
        .collection({ ...placeless, name: 'placeless' })
      const search = collection.near({ latitude: 0, longitude: 0 }, { radiusMeters: 1 })
      await expect(search).rejects.toThrow(InvalidQuery)
    })
  })
}
