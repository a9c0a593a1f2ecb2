import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bucketsOf,
  expectSame,
  storedOf,
  summaryOf,
  withoutAverage,
} from '../../platform/series/contract/brute-force.ts'
import {
  allPages,
  asItems,
  DAY_MS,
  everything,
  reading,
  START_MS,
  type SeriesUnderTest,
} from '../../platform/series/contract/fixture.ts'
import { describeDeleting } from '../../platform/series/contract/deleting.ts'
import { describeHistory } from '../../platform/series/contract/history.ts'
import { allBuckets } from '../../platform/series/contract/history-data.ts'
import { describeReading } from '../../platform/series/contract/reading.ts'
import { InvalidCursor } from '../../platform/kit/invalid-cursor.ts'
import type { BucketWidth, SeriesReading, SeriesStore } from '../../platform/series/port.ts'
import { openForTest, type SqliteUnderTest } from '../../../engines/series/sqlite.fixture.ts'
import { type ArchiveSetup, openArchiveForTest } from './archive.fixture.ts'
import { startOfDay } from './days.ts'

let open: ArchiveSetup[] = []
async function setup(...given: Parameters<typeof openArchiveForTest>): Promise<ArchiveSetup> {
  const one = await openArchiveForTest(...given)
  open.push(one)
  return one
}
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})

const WIDTHS = ['1m', '5m', '1h', '1d'] as const satisfies readonly BucketWidth[]
const PORT_1 = { orgId: 'org-1', deviceId: 'device-1', port: 1 } as const
const ALWAYS = { ...PORT_1, fromMs: Number.MIN_SAFE_INTEGER, toMs: Number.MAX_SAFE_INTEGER } as const

/** Six days of two ports of two devices, every 20 minutes, not all there. */
const sixDays: readonly SeriesReading[] = Array.from({ length: 6 * 72 }, (_, i) => i).flatMap((i) =>
  ['device-1', 'device-2'].flatMap((deviceId, d) =>
    [1, 2]
      .filter((port) => (i * 7 + port + d) % 5 > 0)
      .map((port) =>
        reading({
          deviceId,
          port,
          ts: START_MS + i * 1_200_000,
          rawValue: ((i * 37) % 100) / 3 + port,
          quality: i % 3 === 0 ? 'suspect' : 'good',
        }),
      ),
  ),
)

/** What a store answers to every kind of question. */
async function answers(store: SeriesStore, deviceId: string): Promise<unknown> {
  const qualities = ['good'] as const
  const period = { deviceId, fromMs: START_MS + 3_000_000, toMs: START_MS + 5 * DAY_MS }
  const summaries = [
    await store.summary({ ...ALWAYS, deviceId }),
    await store.summary({ ...ALWAYS, ...period, port: 2 }),
    await store.summary({ ...ALWAYS, ...period, qualities }),
  ]
  const buckets = await Promise.all(WIDTHS.map((width) => allBuckets(store, { deviceId, width })))
  const cut = await Promise.all(WIDTHS.map((width) => allBuckets(store, { ...period, width, limit: 7 })))
  const rome = { ...period, width: '1d', timeZone: 'Europe/Rome' } as const
  const local = await Promise.all([
    allBuckets(store, rome),
    allBuckets(store, { ...rome, limit: 1, qualities }),
  ])
  const rounded = (one: { readonly avg: number }): object => ({ ...one, avg: one.avg.toPrecision(12) })
  return {
    ascending: await allPages(store, { deviceId, limit: 50 }),
    descending: await allPages(store, { ...period, direction: 'descending', limit: 13 }),
    good: await allPages(store, { ...period, qualities, limit: 13 }),
    ofOnePort: await allPages(store, { ...period, port: 2 }),
    latest: await store.latest('org-1', deviceId),
    summaries: summaries.map((one) => one && rounded(one)),
    buckets: [...buckets, ...cut, ...local].map((ofWidth) => ofWidth.map(rounded)),
  }
}

describe('archive, delete, query', () => {
  it('returns the same numbers as before', async () => {
    const { live, memory, run, series } = await setup()
    await live.append(sixDays)
    const before = [await answers(live, 'device-1'), await answers(live, 'device-2')]
    // Four days and a half: one day is partly live, and two are not archived yet.
    const archived = await run({ cutoffMs: () => startOfDay(START_MS + 4 * DAY_MS) })
    expect(archived.days).toBe(4)
    expect((await live.oldest('org-1')).map(({ ts }) => startOfDay(ts))).toEqual([
      startOfDay(START_MS + 4 * DAY_MS),
      startOfDay(START_MS + 4 * DAY_MS),
    ])
    expect([...memory.objects.keys()].filter((key) => key.includes('day='))).toHaveLength(4)
    expect([await answers(series, 'device-1'), await answers(series, 'device-2')]).toEqual(before)
    await run()
    expect(await live.oldest('org-1')).toEqual([])
    expect([await answers(series, 'device-1'), await answers(series, 'device-2')]).toEqual(before)
  })

  it('returns the same numbers after a restart, and when files are small', async () => {
    const one = await setup({ partRows: 50 })
    await one.live.append(sixDays)
    const before = [await answers(one.live, 'device-1'), await answers(one.live, 'device-2')]
    const { days, files } = await one.run()
    expect(files).toBe(2 * days)
    one.restart()
    expect([await answers(one.series, 'device-1'), await answers(one.series, 'device-2')]).toEqual(before)
    expect(one.memory.objects.size).toBe(2 * files)
  })

  it('agrees with brute force over random data, whatever is archived when', async () => {
    const anyReading = fc
      .record({
        deviceId: fc.constantFrom('device-1', 'device-2'),
        port: fc.constantFrom(1, 2),
        ts: fc.integer({ min: 0, max: 80 }).map((step) => START_MS + step * (DAY_MS / 20)),
        rawValue: fc.oneof(
          fc.integer({ min: -1000, max: 1000 }),
          fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
        ),
      })
      .map(reading)
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.array(anyReading, { maxLength: 60 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const one = await openArchiveForTest({ partRows: 37 })
        try {
          const arrived: SeriesReading[] = []
          for (const taken of steps) {
            if (typeof taken === 'number')
              await one.run({ cutoffMs: () => startOfDay(START_MS + taken * DAY_MS) })
            else {
              arrived.push(...taken)
              await one.series.append(taken)
            }
          }
          for (const deviceId of ['device-1', 'device-2']) {
            const stored = storedOf(arrived).filter((each) => each.deviceId === deviceId)
            const expected = asItems(stored)
            expect(await allPages(one.series, { deviceId, limit: 17 })).toEqual(expected)
            expect(await allPages(one.series, { deviceId, limit: 17, direction: 'descending' })).toEqual(
              expected.toReversed(),
            )
            const ofPort = stored.filter(({ port }) => port === 1)
            for (const width of WIDTHS)
              expectSame(
                await allBuckets(one.series, { deviceId, width, limit: 9 }),
                bucketsOf(ofPort, width),
              )
            const summary = await one.series.summary({ ...ALWAYS, deviceId })
            expect(summary && withoutAverage(summary)).toEqual(
              ofPort.length === 0 ? undefined : withoutAverage(summaryOf(ofPort)),
            )
            expect((await one.series.latest('org-1', deviceId)).map(({ port, ts }) => [port, ts])).toEqual(
              newestTimes(stored),
            )
          }
        } finally {
          await one.close()
        }
      }),
      { numRuns: 12 },
    )
  }, 120_000)
})

function newestTimes(stored: readonly SeriesReading[]): readonly (readonly [port: number, ts: number])[] {
  const newest = new Map<number, number>()
  for (const { port, ts } of stored) newest.set(port, ts)
  return [...newest].sort(([a], [b]) => a - b)
}

describe('a query', () => {
  it('of the last day never asks the archive', async () => {
    const nowMs = START_MS + 2 * DAY_MS
    const { live, memory, series } = await setup({ nowMs })
    await live.append(sixDays)
    memory.failBefore = () => {
      throw new Error('down')
    }
    const period = { fromMs: nowMs - DAY_MS, toMs: nowMs + DAY_MS }
    expect(await allPages(series, period)).toEqual(await allPages(live, period))
    expect(await series.summary({ ...ALWAYS, ...period })).toEqual(
      await live.summary({ ...ALWAYS, ...period }),
    )
    expect(await allBuckets(series, { ...period, width: '1h' })).toEqual(
      await allBuckets(live, { ...period, width: '1h' }),
    )
  })

  it('that is paged goes on where it was when days are archived in between', async () => {
    const { live, run, series } = await setup()
    await live.append(sixDays)
    const expected = await allPages(live, {})
    const first = await series.range({ ...everything, limit: 100 })
    await run({ cutoffMs: () => startOfDay(START_MS + 3 * DAY_MS) })
    const rest = await allPages(series, { limit: 100, cursor: first.nextCursor ?? '' })
    expect([...first.items, ...rest.slice(0)]).toEqual(expected)
  })

  it('refuses cursors that are none', async () => {
    const { live, run, series } = await setup()
    await live.append(sixDays)
    await run()
    for (const cursor of ['', 'x', '1:2:3', '1h:5', '99999999999999999999:1'])
      await expect(series.range({ ...everything, cursor })).rejects.toThrow(InvalidCursor)
    for (const cursor of ['', 'x', '1:2', '1d:5'])
      await expect(series.buckets({ ...ALWAYS, width: '1h', limit: 5, cursor })).rejects.toThrow(
        InvalidCursor,
      )
  })

  it('finds nothing of a device that was removed, and only what came afterwards of one that came again', async () => {
    const { live, run, series } = await setup()
    await live.append(sixDays)
    await run()
    await series.removeDevice('org-1', 'device-1')
    expect(await allPages(series, {})).toEqual([])
    expect(await series.latest('org-1', 'device-1')).toEqual([])
    expect(await series.summary(ALWAYS)).toBeUndefined()
    expect(await allPages(series, { deviceId: 'device-2' })).not.toEqual([])
    const again = reading({ ts: START_MS, rawValue: 77 })
    await series.append([again])
    expect(await allPages(series, {})).toEqual(asItems([again]))
  })
})

describe('with nothing in the archive the series keep the contract:', () => {
  let underTest: SqliteUnderTest
  let one: ArchiveSetup
  beforeEach(async () => {
    underTest = await openForTest()
    one = await setup({ around: () => underTest.store })
  })
  afterEach(async () => {
    await underTest.close()
  })
  const subject = (): SeriesUnderTest => ({
    get store() {
      return one.series
    },
    async reopen() {
      await underTest.reopen()
      one = await setup({ around: () => underTest.store })
    },
    async crash() {
      await underTest.crash()
      one = await setup({ around: () => underTest.store })
    },
    settle: () => underTest.settle(),
    close: () => Promise.resolve(),
  })
  describeReading(subject)
  describeDeleting(subject)
  describeHistory(subject)
})
