import { expect, it } from 'vitest'

import { contains, asItems, DAY_MS, everything, itemsOf, reading, readings, START_MS } from './fixture.ts'
import type { SeriesUnderTest } from './fixture.ts'

export function describeDeleting(subject: () => SeriesUnderTest): void {
  it('prunes what is older, of one organization, and counts each reading once', async () => {
    const test = subject()
    const old = Array.from({ length: 20 }, (_, i) => reading({ ts: START_MS - DAY_MS + i, rawValue: i }))
    const theirs = reading({ orgId: 'org-2', deviceId: 'device-2', ts: START_MS - DAY_MS })
    await test.store.append([...old, ...readings(20), theirs])
    await test.store.flush()
    // Repeats, and one day that is cut in the middle.
    await test.store.append([...old.slice(5, 9), ...readings(5)])
    expect(await test.store.prune('org-1', START_MS + 10_000)).toBe(30)
    for (const reopened of [false, true]) {
      if (reopened) await test.reopen()
      expect(await itemsOf(test.store)).toEqual(asItems(readings(20).slice(10)))
      expect(await itemsOf(test.store, { orgId: 'org-2', deviceId: 'device-2' })).toEqual(asItems([theirs]))
      expect(await contains(test.store, [...old.slice(0, 1), ...readings(20).slice(9, 11), theirs])).toEqual([
        false,
        false,
        true,
        true,
      ])
    }
    await test.settle()
    expect(await itemsOf(test.store)).toEqual(asItems(readings(20).slice(10)))
    expect(await test.store.prune('org-1', START_MS + 10_000)).toBe(0)
    expect(await test.store.prune('org-9', START_MS)).toBe(0)
  })

  it('forgets the newest reading when it is pruned, and takes it back when it is restored', async () => {
    const { store } = subject()
    await store.append([...readings(3), reading({ port: 2, ts: START_MS + DAY_MS })])
    await store.prune('org-1', START_MS + 5000)
    expect(await store.latest('org-1', 'device-1')).toEqual(
      asItems([reading({ port: 2, ts: START_MS + DAY_MS })]),
    )
    await store.append(readings(2))
    expect(await itemsOf(store, { port: 1 })).toEqual(asItems(readings(2)))
    expect((await store.latest('org-1', 'device-1')).map(({ ts }) => ts)).toEqual([
      START_MS + 1000,
      START_MS + DAY_MS,
    ])
  })

  it('removes single readings, so that others can be stored in their place', async () => {
    const test = subject()
    const other = readings(20, { deviceId: 'device-2' })
    await test.store.append([...readings(20), ...readings(20, { port: 2 }), ...other])
    await test.store.flush()
    await test.store.append([...readings(20).slice(3, 5), reading({ ts: START_MS + DAY_MS })])
    const going = [...readings(20).slice(0, 5), ...readings(20).slice(18), reading({ ts: START_MS + DAY_MS })]
    const theirs = going.map((key) => ({ ...key, orgId: 'org-2' }))
    await test.store.removeReadings([
      ...going,
      reading({ ts: START_MS + 500 }),
      reading({ port: 9 }),
      ...theirs,
    ])
    const corrected = [2000, 3000].map((atMs) => reading({ ts: START_MS + atMs, rawValue: 77 }))
    await test.store.append(corrected)
    for (const reopened of [false, true]) {
      if (reopened) await test.reopen()
      expect(await itemsOf(test.store, { port: 1 })).toEqual(
        asItems([...corrected, ...readings(20).slice(5, 18)]),
      )
      expect(await itemsOf(test.store, { port: 2 })).toHaveLength(20)
      expect(await itemsOf(test.store, { deviceId: 'device-2' })).toEqual(asItems(other))
      expect((await test.store.latest('org-1', 'device-1')).map(({ ts }) => ts)).toEqual([
        START_MS + 17_000,
        START_MS + 19_000,
      ])
    }
    await test.settle()
    await test.store.removeReadings([])
    expect((await test.store.summary({ ...everything, port: 1 }))?.count).toBe(15)
  })

  it('removes a device with all that belongs to it, and no other', async () => {
    const test = subject()
    const other = readings(5, { deviceId: 'device-2' })
    await test.store.append([...readings(5), ...readings(5, { port: 2 }), ...other])
    await test.store.flush()
    await test.store.append([reading({ ts: START_MS + DAY_MS })])
    await test.store.removeDevice('org-2', 'device-1')
    expect(await itemsOf(test.store)).toHaveLength(11)
    await test.store.removeDevice('org-1', 'device-1')
    for (const reopened of [false, true]) {
      if (reopened) await test.reopen()
      expect(await itemsOf(test.store)).toEqual([])
      expect(await test.store.latest('org-1', 'device-1')).toEqual([])
      expect(await contains(test.store, [reading()])).toEqual([false])
      expect(await itemsOf(test.store, { deviceId: 'device-2' })).toEqual(asItems(other))
    }
    await test.settle()
    expect(await test.store.statistics()).toMatchObject({ readings: 5, series: 1 })
  })

  it('tells what the readings of an organization take, more or less, and less once they are gone', async () => {
    const test = subject()
    expect(await test.store.bytesOf('org-1')).toBe(0)
    const theirs = readings(200, { orgId: 'org-2', deviceId: 'device-2' })
    await test.store.append([...readings(200), ...theirs, ...readings(200, { port: 2 })])
    await test.store.flush()
    const flushed = await test.store.bytesOf('org-2')
    expect(flushed).toBeGreaterThan(200)
    expect(flushed).toBeLessThan(200 * 50)
    // What an adapter packs in its own time must not fall between two sizes that are compared.
    await test.settle()
    const two = await test.store.bytesOf('org-1')
    const one = await test.store.bytesOf('org-2')
    expect(one).toBeGreaterThan(flushed / 3)
    // Twice the readings, packed a little better.
    expect(two / one).toBeGreaterThan(1.75)
    expect(two / one).toBeLessThan(2.1)
    await test.store.removePeriod({
      orgId: 'org-1',
      deviceId: 'device-1',
      fromMs: START_MS,
      toMs: START_MS + DAY_MS,
    })
    await test.settle()
    expect(await test.store.bytesOf('org-1')).toBe(0)
    await test.reopen()
    expect(await test.store.bytesOf('org-2')).toBeGreaterThan(flushed / 3)
  })

  it('starts a removed device anew', async () => {
    const test = subject()
    await test.store.append(readings(5))
    const removed = test.store.removeDevice('org-1', 'device-1')
    const again = reading({ ts: START_MS + 2000, rawValue: 77 })
    await test.store.append([again])
    await removed
    expect(await itemsOf(test.store)).toEqual(asItems([again]))
    await test.reopen()
    expect(await itemsOf(test.store)).toEqual(asItems([again]))
  })
}
