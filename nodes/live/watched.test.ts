import { describe, expect, test } from 'vitest'
import { summarize, WatchedElsewhere, watchedForMs } from './watched.ts'

describe('rooms in a few words', () => {
  test('name devices, or the whole organization where somebody watches all of it', () => {
    expect(
      summarize([
        { scope: 'acme', deviceId: 'd1' },
        { scope: 'acme', deviceId: 'd2' },
        { scope: 'other', deviceId: 'd3' },
        { scope: 'other', deviceId: undefined },
        { scope: 'other', deviceId: 'd4' },
      ]),
    ).toEqual({ acme: ['d1', 'd2'], other: 'all' })
  })

  test('of more devices than are worth naming become the whole organization', () => {
    const rooms = Array.from({ length: 201 }, (_, index) => ({ scope: 'acme', deviceId: `d${index}` }))
    expect(summarize(rooms.slice(1))['acme']).toHaveLength(200)
    expect(summarize(rooms)).toEqual({ acme: 'all' })
  })
})

describe('what is watched elsewhere', () => {
  test('is what all other instances say together', () => {
    const elsewhere = new WatchedElsewhere()
    expect(elsewhere.isEmpty).toBe(true)
    elsewhere.hear('a', { acme: ['d1'], other: 'all' }, 0)
    elsewhere.hear('b', { acme: ['d2'] }, 0)
    expect(elsewhere.isEmpty).toBe(false)
    expect(['d1', 'd2', 'd3'].map((id) => elsewhere.isWatched('acme', id))).toEqual([true, true, false])
    expect(elsewhere.isWatched('other', 'anything')).toBe(true)
    expect(elsewhere.isWatched('third', 'd1')).toBe(false)
  })

  test('ends with the next snapshot, or when none comes any more', () => {
    const elsewhere = new WatchedElsewhere()
    elsewhere.hear('a', { acme: ['d1'] }, 0)
    elsewhere.hear('b', { acme: ['d2'] }, 10)
    elsewhere.hear('a', {}, 10)
    expect(elsewhere.isWatched('acme', 'd1')).toBe(false)
    elsewhere.expire(9 + watchedForMs)
    expect(elsewhere.isWatched('acme', 'd2')).toBe(true)
    elsewhere.expire(10 + watchedForMs)
    expect(elsewhere.isEmpty).toBe(true)
  })

  test.each([null, 'all', { acme: 5 }, [1]])('takes nothing from what is no snapshot: %j', (snapshot) => {
    const elsewhere = new WatchedElsewhere()
    elsewhere.hear('a', { acme: 'all' }, 0)
    elsewhere.hear('a', snapshot, 1)
    expect(elsewhere.isEmpty).toBe(true)
  })
})
