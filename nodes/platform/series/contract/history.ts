import { describe, expect, it } from 'vitest'

import { InvalidCursor } from '../../kit/invalid-cursor.ts'
import { bucketWidthsMs } from '../port.ts'
import type { BucketWidth, SeriesReading } from '../port.ts'
import { bucketsOf, expectSame, storedOf, summaryOf } from './brute-force.ts'
import { describeChoices } from './choices.ts'
import { allBuckets, ALWAYS, beside, scatter, threeDays, WIDTHS } from './history-data.ts'
import { contains, asItems, DAY_MS, itemsOf, reading, readings, START_MS } from './fixture.ts'
import type { SeriesUnderTest } from './fixture.ts'

const HOUR_MS = bucketWidthsMs['1h']

function inPeriod(all: readonly SeriesReading[], fromMs: number, toMs: number): readonly SeriesReading[] {
  return all.filter(({ ts }) => ts >= fromMs && ts < toMs)
}

export function describeHistory(subject: () => SeriesUnderTest): void {
  describeChoices(subject)

  describe.each(WIDTHS)('buckets of %s', (width) => {
    it('tell least, greatest, average, count and newest, wherever the readings are', async () => {
      expect.hasAssertions()
      const test = subject()
      await scatter(test, [...threeDays, ...beside])
      const expected = bucketsOf(threeDays, width)
      expectSame(await allBuckets(test.store, { width }), expected)
      await test.settle()
      expectSame(await allBuckets(test.store, { width }), expected)
      await test.reopen()
      expectSame(await allBuckets(test.store, { width }), expected)
    })

    it('are cut short where the period begins and ends', async () => {
      const test = subject()
      await test.store.append(threeDays)
      for (const settled of [false, true]) {
        if (settled) await test.settle()
        for (const [fromMs, toMs] of [
          [START_MS + 3 * 420_000, START_MS + 200 * 420_000],
          [START_MS + 1, START_MS + DAY_MS + 420_001],
          [START_MS + DAY_MS / 2, START_MS + DAY_MS * 1.5],
        ] as const) {
          const expected = bucketsOf(inPeriod(threeDays, fromMs, toMs), width)
          expectSame(await allBuckets(test.store, { width, fromMs, toMs }), expected)
        }
        expect(await allBuckets(test.store, { width, fromMs: START_MS, toMs: START_MS })).toEqual([])
        expect(await allBuckets(test.store, { width, fromMs: START_MS + DAY_MS, toMs: START_MS })).toEqual([])
      }
    })

    it('come in pages that show each once', async () => {
      const test = subject()
      await scatter(test, threeDays)
      const expected = bucketsOf(threeDays, width)
      for (const limit of [1, 2, expected.length - 1, expected.length].filter((one) => one > 0)) {
        const some = expected.length > 100 && limit < 3 ? { toMs: START_MS + DAY_MS / 8 } : {}
        const found = await allBuckets(test.store, { width, limit, ...some })
        const { toMs } = { toMs: Infinity, ...some }
        expectSame(found, bucketsOf(inPeriod(threeDays, -Infinity, toMs), width))
      }
      const { nextCursor } = await test.store.buckets({ ...ALWAYS, width, limit: expected.length })
      expect(nextCursor).toBeUndefined()
    })
  })

  it('shows in buckets and summary at once what comes late, and nothing that comes again', async () => {
    expect.hasAssertions()
    const test = subject()
    await test.store.append(threeDays)
    await test.settle()
    await test.reopen()
    await test.settle()
    const late = threeDays.map((one) => ({ ...one, ts: one.ts + 60_000, calibratedValue: -5 })).slice(50, 60)
    const again = threeDays.slice(0, 300).map((one) => reading({ ...one, calibratedValue: 1e9 }))
    await test.store.append([...late, ...again])
    const all = storedOf([...threeDays, ...late])
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      for (const width of WIDTHS) expectSame(await allBuckets(test.store, { width }), bucketsOf(all, width))
      expectSame(
        [await test.store.summary(ALWAYS)].flatMap((one) => one ?? []),
        [summaryOf(all)],
      )
    }
  })

  it('keeps pages of buckets valid while readings are added', async () => {
    expect.hasAssertions()
    const test = subject()
    await test.store.append(threeDays)
    const first = await test.store.buckets({ ...ALWAYS, width: '1h', limit: 10 })
    await test.settle()
    const newest = reading({ ts: START_MS + 30 * DAY_MS })
    await test.store.append([reading({ ts: START_MS - DAY_MS }), newest])
    const rest = await allBuckets(test.store, { width: '1h', cursor: first.nextCursor ?? '' })
    expectSame([...first.items, ...rest], bucketsOf([...threeDays, newest], '1h'))
  })

  it('refuses what is no cursor of such buckets, and no limit', async () => {
    const { store } = subject()
    await store.append(threeDays)
    const ofHours = (await store.buckets({ ...ALWAYS, width: '1h', limit: 2 })).nextCursor ?? ''
    const ofRange = (await store.range({ ...ALWAYS, limit: 2 })).nextCursor ?? ''
    expect(ofHours).not.toBe('')
    expect(ofRange).not.toBe('')
    for (const cursor of ['', 'x', '1d', '1d:', '1d:x', '1d:1:1', '1d:1e3', ofHours, ofRange])
      await expect(store.buckets({ ...ALWAYS, width: '1d', limit: 2, cursor })).rejects.toThrow(InvalidCursor)
    await expect(itemsOf(store, { cursor: ofHours })).rejects.toThrow(InvalidCursor)
    for (const limit of [0, -1, 0.5, Number.NaN, Infinity])
      await expect(store.buckets({ ...ALWAYS, width: '1d', limit })).rejects.toThrow(RangeError)
  })

  it('begins buckets at whole multiples since the epoch, also before it', async () => {
    const { store } = subject()
    const times = [-DAY_MS - 1, -DAY_MS, -1, 0, 1, HOUR_MS - 1, HOUR_MS]
    await store.append(times.map((ts) => reading({ ts, ingestTs: START_MS })))
    const starts = async (width: BucketWidth): Promise<readonly number[]> =>
      (await allBuckets(store, { width })).map(({ ts }) => ts)
    expect(await starts('1d')).toEqual([-2 * DAY_MS, -DAY_MS, 0])
    expect(await starts('1h')).toEqual([-DAY_MS - HOUR_MS, -DAY_MS, -HOUR_MS, 0, HOUR_MS])
  })

  it('summarizes a period, percentiles by nearest rank', async () => {
    const test = subject()
    const { store } = test
    // 1 to 100, in no order: 37 has no common factor with 101.
    const hundred = Array.from({ length: 100 }, (_, i) => {
      return reading({ ts: START_MS + i * 3_600_000, calibratedValue: ((i + 1) * 37) % 101 })
    })
    await store.append([...hundred, ...hundred.map((one) => ({ ...one, port: 2, calibratedValue: 7 }))])
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      expect(await store.summary(ALWAYS)).toEqual({
        min: 1,
        max: 100,
        avg: 50.5,
        count: 100,
        p50: 50,
        p95: 95,
      })
      const seven = { min: 7, max: 7, avg: 7, count: 100, p50: 7, p95: 7 }
      expect(await store.summary({ ...ALWAYS, port: 2 })).toEqual(seven)
      for (const count of [1, 2, 3, 19, 20, 21]) {
        const found = await store.summary({ ...ALWAYS, toMs: START_MS + count * 3_600_000 })
        expectSame(found === undefined ? [] : [found], [summaryOf(hundred.slice(0, count))])
      }
      expect(await store.summary({ ...ALWAYS, toMs: START_MS })).toBeUndefined()
      expect(await store.summary({ ...ALWAYS, port: 3 })).toBeUndefined()
    }
  })

  it('shows nothing of an organization, a device or a port to another', async () => {
    const test = subject()
    await test.store.append(threeDays)
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      for (const other of [{ orgId: 'org-2' }, { deviceId: 'device-2' }, { port: 2 }]) {
        expect(await allBuckets(test.store, { width: '1d', ...other })).toEqual([])
        expect(await test.store.summary({ ...ALWAYS, ...other })).toBeUndefined()
      }
    }
  })

  it('knows the oldest reading of each device that has any', async () => {
    const test = subject()
    const { store } = test
    expect(await store.oldest('org-1')).toEqual([])
    const oldest = async (orgId: string): Promise<Readonly<Record<string, number>>> =>
      Object.fromEntries((await test.store.oldest(orgId)).map(({ deviceId, ts }) => [deviceId, ts]))
    await store.append([
      reading({ ts: START_MS + 5 }),
      reading({ ts: START_MS + DAY_MS, port: 2 }),
      reading({ deviceId: 'device-2', ts: START_MS + 3 * DAY_MS }),
      reading({ orgId: 'org-2', deviceId: 'theirs', ts: START_MS - DAY_MS }),
    ])
    expect(await oldest('org-1')).toEqual({ 'device-1': START_MS + 5, 'device-2': START_MS + 3 * DAY_MS })
    await test.settle()
    await store.append([reading({ port: 3, ts: START_MS - 1 }), reading({ ts: START_MS + 7 * DAY_MS })])
    const expected = { 'device-1': START_MS - 1, 'device-2': START_MS + 3 * DAY_MS }
    expect(await oldest('org-1')).toEqual(expected)
    await test.reopen()
    expect(await oldest('org-1')).toEqual(expected)
    const before = (beforeMs: number): ReturnType<typeof store.oldest> => test.store.oldest('org-1', beforeMs)
    expect(await before(START_MS - 1)).toEqual([])
    expect(await before(START_MS)).toEqual([{ deviceId: 'device-1', ts: START_MS - 1 }])
    expect(await before(START_MS + 3 * DAY_MS)).toEqual([{ deviceId: 'device-1', ts: START_MS - 1 }])
    expect(await before(START_MS + 4 * DAY_MS)).toHaveLength(2)
    expect(await oldest('org-2')).toEqual({ theirs: START_MS - DAY_MS })
    expect(await oldest('org-3')).toEqual({})
  })

  it('removes a period of a device, cut to the millisecond, and counts each reading once', async () => {
    const test = subject()
    const others = [
      reading({ deviceId: 'device-2', ts: START_MS + DAY_MS }),
      reading({ orgId: 'org-2', deviceId: 'theirs', ts: START_MS + DAY_MS }),
    ]
    await scatter(test, threeDays)
    await test.store.append([...beside, ...others])
    const period = { fromMs: START_MS + 10 * 420_000, toMs: START_MS + 400 * 420_000 + 1 }
    const device = { orgId: 'org-1', deviceId: 'device-1' }
    const gone = inPeriod(threeDays, period.fromMs, period.toMs)
    const rest = threeDays.filter((one) => !gone.includes(one))
    expect(await test.store.removePeriod({ ...device, ...period })).toBe(2 * gone.length)
    for (const reopened of [false, true]) {
      if (reopened) await test.reopen()
      expect(await itemsOf(test.store, { port: 1 })).toEqual(asItems(rest))
      for (const width of WIDTHS) expectSame(await allBuckets(test.store, { width }), bucketsOf(rest, width))
      expectSame(
        [await test.store.summary(ALWAYS)].flatMap((one) => one ?? []),
        [summaryOf(rest)],
      )
      expect(await contains(test.store, [...gone.slice(0, 1), ...rest.slice(0, 1), ...others])).toEqual([
        false,
        true,
        true,
        true,
      ])
    }
    await test.settle()
    expect(await itemsOf(test.store, { port: 1 })).toEqual(asItems(rest))
    expect(await test.store.removePeriod({ ...device, ...period })).toBe(0)
    expect(await itemsOf(test.store, { deviceId: 'device-2' })).toEqual(asItems(others.slice(0, 1)))
    const theirs = { orgId: 'org-2', deviceId: 'theirs' }
    expect(await itemsOf(test.store, theirs)).toEqual(asItems(others.slice(1)))
  })

  it('leaves a removed period removed after a crash, and oldest and newest what is left', async () => {
    const test = subject()
    await test.store.append(threeDays)
    await test.settle()
    const toMs = START_MS + DAY_MS
    await test.store.removePeriod({ orgId: 'org-1', deviceId: 'device-1', fromMs: -Infinity, toMs })
    await test.crash()
    const rest = inPeriod(threeDays, toMs, Infinity)
    expect(await itemsOf(test.store)).toEqual(asItems(rest))
    expect(await test.store.oldest('org-1')).toEqual([{ deviceId: 'device-1', ts: rest[0]?.ts }])
    const end = (rest.at(-1)?.ts ?? 0) + 1
    const newest = inPeriod(threeDays, toMs, end - DAY_MS).slice(-1)
    await test.store.removePeriod({
      orgId: 'org-1',
      deviceId: 'device-1',
      fromMs: end - DAY_MS,
      toMs: Infinity,
    })
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems(newest))
  })

  it('takes what comes for a removed period afterwards as new', async () => {
    const test = subject()
    const device = { orgId: 'org-1', deviceId: 'device-1' }
    await test.store.append(readings(20))
    await test.settle()
    await test.store.removePeriod({ ...device, fromMs: START_MS, toMs: START_MS + 10_000 })
    const anew = reading({ ts: START_MS + 5000, rawValue: 77 })
    await test.store.append([anew])
    const expected = [anew, ...readings(20).slice(10)]
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      expect(await itemsOf(test.store)).toEqual(asItems(expected))
      expectSame(await allBuckets(test.store, { width: '1m' }), bucketsOf(expected, '1m'))
    }
  })

  it('removes nothing where there is nothing', async () => {
    const test = subject()
    const device = { orgId: 'org-1', deviceId: 'device-1' }
    await test.store.append(readings(5))
    const { store } = test
    expect(await store.removePeriod({ ...device, fromMs: START_MS, toMs: START_MS })).toBe(0)
    expect(await store.removePeriod({ ...device, fromMs: START_MS + 1, toMs: START_MS + 999 })).toBe(0)
    const theirs = { orgId: 'org-2', deviceId: 'device-1', fromMs: -Infinity, toMs: Infinity }
    expect(await store.removePeriod(theirs)).toBe(0)
    expect(await itemsOf(store)).toEqual(asItems(readings(5)))
  })
}
