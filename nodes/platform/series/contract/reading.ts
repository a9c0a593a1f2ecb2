import { describe, expect, it } from 'vitest'

import { InvalidCursor } from '../../kit/invalid-cursor.ts'
import type { SeriesStore } from '../port.ts'
import {
  contains,
  allPages,
  asItems,
  DAY_MS,
  everything,
  itemsOf,
  reading,
  readings,
  START_MS,
} from './fixture.ts'
import type { SeriesUnderTest } from './fixture.ts'

/** Three ports over three days, with some written out and some not. */
async function scattered(test: SeriesUnderTest): Promise<ReturnType<typeof asItems>> {
  const all = Array.from({ length: 300 }, (_, i) =>
    reading({ ts: START_MS + Math.floor(i / 3) * (DAY_MS / 40), port: (i % 3) * 100, rawValue: i }),
  )
  // Multiplying by what has no common factor with 300 visits all, in no obvious order.
  const mixed = all.map((_, i) => all[(i * 7) % 300] ?? reading())
  await test.store.append(mixed.slice(0, 120))
  await test.store.flush()
  await test.store.append(mixed.slice(100, 220))
  await test.settle()
  await test.store.append(mixed.slice(200))
  return asItems(all)
}

export function describeReading(subject: () => SeriesUnderTest): void {
  it('returns all ports by time, then port', async () => {
    const expected = await scattered(subject())
    expect(await itemsOf(subject().store)).toEqual(expected)
    expect(await itemsOf(subject().store, { direction: 'descending' })).toEqual(expected.toReversed())
  })

  it('returns one port', async () => {
    const expected = await scattered(subject())
    expect(await itemsOf(subject().store, { port: 100 })).toEqual(expected.filter(({ port }) => port === 100))
    expect(await itemsOf(subject().store, { port: 7 })).toEqual([])
  })

  it.each(['ascending', 'descending'] as const)('includes from and excludes to, %s', async (direction) => {
    const test = subject()
    const { store } = test
    await store.append(readings(10))
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      const items = await itemsOf(store, { fromMs: START_MS + 2000, toMs: START_MS + 5000, direction })
      expect(new Set(items.map(({ rawValue }) => rawValue))).toEqual(new Set([2, 3, 4]))
      expect(items).toHaveLength(3)
      expect(await itemsOf(store, { fromMs: START_MS, toMs: START_MS, direction })).toEqual([])
      expect(await itemsOf(store, { fromMs: START_MS + 1, toMs: START_MS + 999, direction })).toEqual([])
    }
  })

  describe.each(['ascending', 'descending'] as const)('pages, %s,', (direction) => {
    it('visit each reading once', async () => {
      const all = await scattered(subject())
      const expected = direction === 'ascending' ? all : all.toReversed()
      for (const limit of [1, 2, 7, 100, 300, 301]) {
        expect(await allPages(subject().store, { direction, limit })).toEqual(expected)
      }
    })

    it('stay valid while readings are added and written out', async () => {
      const test = subject()
      const { store } = test
      await store.append(readings(100))
      const first = await store.range({
        ...everything,
        limit: 40,
        direction,
      })
      await test.settle()
      await store.append([reading({ ts: START_MS - 1 }), reading({ ts: START_MS + 100_000 })])
      const rest = await itemsOf(store, { direction, cursor: first.nextCursor ?? '' })
      const extra = direction === 'ascending' ? 100_000 : -1
      expect(rest.map(({ ts }) => ts)).toEqual([
        ...readings(100)
          .map(({ ts }) => ts)
          .filter((ts) => first.items.every((item) => item.ts !== ts))
          .sort((a, b) => (direction === 'ascending' ? a - b : b - a)),
        START_MS + extra,
      ])
    })
  })

  it('refuses what is no cursor and no limit', async () => {
    const { store } = subject()
    await store.append(readings(3))
    for (const cursor of ['', 'x', '1', ':1', '1:1:1', '1e3:1', `${'9'.repeat(30)}:1`])
      await expect(itemsOf(store, { cursor })).rejects.toThrow(InvalidCursor)
    for (const limit of [0, -1, 0.5, Number.NaN, Infinity])
      await expect(itemsOf(store, { limit })).rejects.toThrow(RangeError)
  })

  it('knows what it contains, wherever that is', async () => {
    const test = subject()
    const stored = [...readings(50), ...readings(50, { port: 2 })]
    const others = [
      reading({ ts: START_MS - 1 }),
      reading({ ts: START_MS + 500 }),
      reading({ ts: START_MS + DAY_MS }),
      reading({ port: 3 }),
      reading({ deviceId: 'device-2' }),
      reading({ orgId: 'org-2' }),
    ]
    const check = async (store: SeriesStore): Promise<void> => {
      expect(await contains(store, [...stored, ...others])).toEqual([
        ...stored.map(() => true),
        ...others.map(() => false),
      ])
    }
    await test.store.append(stored.slice(0, 60))
    await test.store.flush()
    await test.store.append(stored.slice(60))
    await check(test.store)
    await test.settle()
    await check(test.store)
    await test.reopen()
    await check(test.store)
    expect(await contains(test.store, [])).toEqual([])
  })

  it('knows the newest reading of each port, whatever comes late', async () => {
    const test = subject()
    const newest = [reading({ port: 1, ts: START_MS + 5 }), reading({ port: 300, ts: START_MS + 9 })]
    await test.store.append([
      reading({ ts: START_MS - DAY_MS }),
      ...newest,
      reading({ ts: START_MS, quality: 'late' }),
    ])
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems(newest))
    await test.settle()
    await test.store.append([reading({ ts: START_MS + 4, quality: 'late' })])
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems(newest))
    await test.reopen()
    await test.store.append([reading({ ts: START_MS + 3, quality: 'late' })])
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems(newest))
    const newer = reading({ ts: START_MS + 6 })
    await test.store.append([newer])
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems([newer, ...newest.slice(1)]))
  })

  it('shows nothing of an organization to another', async () => {
    const test = subject()
    await test.store.append(readings(5))
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      expect(await itemsOf(test.store, { orgId: 'org-2' })).toEqual([])
      expect(await test.store.latest('org-2', 'device-1')).toEqual([])
      expect(await contains(test.store, [reading({ orgId: 'org-2' })])).toEqual([false])
    }
  })

  it('keeps devices of the same id in two organizations apart', async () => {
    const test = subject()
    const theirs = reading({ orgId: 'org-2', rawValue: 99 })
    await test.store.append([reading(), theirs])
    await test.reopen()
    expect(await itemsOf(test.store)).toEqual(asItems([reading()]))
    expect(await itemsOf(test.store, { orgId: 'org-2' })).toEqual(asItems([theirs]))
  })
}
