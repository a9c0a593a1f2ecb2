import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import type { RangePage, ReadingKey, SeriesReading, SeriesStore } from '../port.ts'
import { bucketsOf, summaryOf, withoutAverage } from './brute-force.ts'
import { contains, allPages, DAY_MS, everything, reading, START_MS } from './fixture.ts'
import type { SeriesUnderTest } from './fixture.ts'
import { allBuckets } from './history-data.ts'

type Item = RangePage['items'][number]

/** The simplest thing that keeps the promises of the port. */
class Model {
  readonly #stored = new Map<string, SeriesReading>()

  append(batch: readonly SeriesReading[]): void {
    for (const one of batch) {
      const key = JSON.stringify([one.deviceId, one.port, one.ts])
      if (!this.#stored.has(key)) this.#stored.set(key, one)
    }
  }

  prune(orgId: string, beforeMs: number): number {
    return this.#delete((one) => one.orgId === orgId && one.ts < beforeMs)
  }

  removePeriod({ deviceId, fromMs, toMs }: Period): number {
    return this.#delete((one) => one.deviceId === deviceId && one.ts >= fromMs && one.ts < toMs)
  }

  removeReadings(keys: readonly ReadingKey[]): void {
    for (const { deviceId, port, ts } of keys) this.#stored.delete(JSON.stringify([deviceId, port, ts]))
  }

  remove(deviceId: string): void {
    this.#delete((one) => one.deviceId === deviceId)
  }

  #delete(isGone: (one: SeriesReading) => boolean): number {
    const before = this.#stored.size
    for (const [key, one] of this.#stored) if (isGone(one)) this.#stored.delete(key)
    return before - this.#stored.size
  }

  has(deviceId: string, port: number, ts: number): boolean {
    return this.#stored.has(JSON.stringify([deviceId, port, ts]))
  }

  range(deviceId: string, fromMs: number, toMs: number): readonly Item[] {
    return [...this.#stored.values()]
      .filter((one) => one.deviceId === deviceId && one.ts >= fromMs && one.ts < toMs)
      .sort((a, b) => a.ts - b.ts || a.port - b.port)
      .map(({ orgId: _orgId, deviceId: _deviceId, ...item }) => item)
  }

  latest(deviceId: string): readonly Item[] {
    const newest = new Map<number, Item>()
    for (const item of this.range(deviceId, -Infinity, Infinity)) newest.set(item.port, item)
    return [...newest.values()].sort((a, b) => a.port - b.port)
  }
}

/** Its days begin within UTC's. */
const zone = 'America/New_York'
const DEVICES = ['d0', 'd1', 'd2'] as const
const orgOf = (deviceId: string): string => (deviceId === 'd2' ? 'org-2' : 'org-1')
/** Few distinct times, over a few days, so that repeats and late readings are common. */
const time = fc.integer({ min: 0, max: 60 }).map((step) => START_MS + step * (DAY_MS / 20))
const device = fc.constantFrom(...DEVICES)

const anyReading = fc
  .record({
    deviceId: device,
    port: fc.constantFrom(1, 2, 400),
    ts: time,
    rawValue: fc.oneof(fc.integer(), fc.double({ noNaN: true }), fc.constant(-0)),
    quality: fc.constantFrom('good' as const, 'late' as const),
  })
  .map((some) => reading({ ...some, orgId: orgOf(some.deviceId) }))

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.array(anyReading, { maxLength: 40 }).map((batch) => ({ kind: 'append' as const, batch })),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  { weight: 1, arbitrary: time.map((beforeMs) => ({ kind: 'prune' as const, beforeMs })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ deviceId: device, fromMs: time, toMs: time })
      .map((period) => ({ kind: 'removePeriod' as const, period })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.record({ deviceId: device, port: fc.constantFrom(1, 2, 400, 7), ts: time }), {
        maxLength: 60,
      })
      .map((keys) => ({ kind: 'removeReadings' as const, keys })),
  },
  { weight: 1, arbitrary: device.map((deviceId) => ({ kind: 'remove' as const, deviceId })) },
  {
    weight: 4,
    arbitrary: fc
      .record({ deviceId: device, fromMs: time, toMs: time, limit: fc.integer({ min: 1, max: 30 }) })
      .map((query) => ({ kind: 'compare' as const, query })),
  },
)
interface Period {
  readonly deviceId: string
  readonly fromMs: number
  readonly toMs: number
}
interface Query extends Period {
  readonly limit: number
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What the store and the model answer to the same questions. */
async function compare(store: SeriesStore, model: Model, query: Query): Promise<readonly [unknown, unknown]> {
  const { deviceId, fromMs, toMs } = query
  const orgId = orgOf(deviceId)
  const keys = [1, 2, 400].flatMap((port) =>
    [fromMs, toMs, fromMs + 1].map((ts) => ({ orgId, deviceId, port, ts })),
  )
  const expected = model.range(deviceId, fromMs, toMs)
  const series = { orgId, deviceId, port: 2 }
  const ofSeries = expected.filter(({ port }) => port === series.port)
  const qualities = ['late'] as const
  const late = expected.filter(({ quality }) => quality === 'late')
  const lateOfSeries = ofSeries.filter(({ quality }) => quality === 'late')
  return [
    {
      ascending: await allPages(store, { ...query, orgId }),
      descending: await allPages(store, { ...query, orgId, direction: 'descending' }),
      latest: await store.latest(orgId, deviceId),
      contains: await contains(store, keys),
      oldest: (await store.oldest(orgId)).find((one) => one.deviceId === deviceId)?.ts,
      hours: (await allBuckets(store, { ...query, ...series, width: '1h' })).map(withoutAverage),
      days: (await allBuckets(store, { ...query, ...series, width: '1d' })).map(withoutAverage),
      localDays: (await allBuckets(store, { ...query, ...series, width: '1d', timeZone: zone })).map(
        withoutAverage,
      ),
      summary: [await store.summary({ ...query, ...series })].flatMap((one) => one ?? []).map(withoutAverage),
      late: await allPages(store, { ...query, orgId, qualities }),
      lateDays: (await allBuckets(store, { ...query, ...series, width: '1d', qualities })).map(
        withoutAverage,
      ),
      lateSummary: [await store.summary({ ...query, ...series, qualities })]
        .flatMap((one) => one ?? [])
        .map(withoutAverage),
    },
    {
      ascending: expected,
      descending: expected.toReversed(),
      latest: model.latest(deviceId),
      contains: keys.map(({ port, ts }) => model.has(deviceId, port, ts)),
      oldest: model.range(deviceId, -Infinity, Infinity)[0]?.ts,
      hours: bucketsOf(ofSeries, '1h').map(withoutAverage),
      days: bucketsOf(ofSeries, '1d').map(withoutAverage),
      localDays: bucketsOf(ofSeries, '1d', zone).map(withoutAverage),
      summary: ofSeries.length === 0 ? [] : [withoutAverage(summaryOf(ofSeries))],
      late,
      lateDays: bucketsOf(lateOfSeries, '1d').map(withoutAverage),
      lateSummary: lateOfSeries.length === 0 ? [] : [withoutAverage(summaryOf(lateOfSeries))],
    },
  ]
}

/** Returns what the store and the model answered, where they should agree. */
async function apply(test: SeriesUnderTest, model: Model, taken: Step): Promise<readonly unknown[]> {
  switch (taken.kind) {
    case 'append':
      model.append(taken.batch)
      await test.store.append(taken.batch)
      break
    case 'flush':
      await test.store.flush()
      break
    case 'settle':
      await test.settle()
      break
    case 'reopen':
      await test.reopen()
      break
    case 'prune':
      return [await test.store.prune('org-1', taken.beforeMs), model.prune('org-1', taken.beforeMs)]
    case 'removePeriod': {
      const { period } = taken
      const removed = await test.store.removePeriod({ ...period, orgId: orgOf(period.deviceId) })
      return [removed, model.removePeriod(period)]
    }
    case 'removeReadings': {
      const keys = taken.keys.map((key) => ({ ...key, orgId: orgOf(key.deviceId) }))
      model.removeReadings(keys)
      await test.store.removeReadings(keys)
      break
    }
    case 'remove':
      model.remove(taken.deviceId)
      await test.store.removeDevice(orgOf(taken.deviceId), taken.deviceId)
      break
    case 'compare':
      return await compare(test.store, model, taken.query)
  }
  return []
}

export function describeModel(open: () => Promise<SeriesUnderTest>): void {
  it('answers as a plain map would, whatever happens in between', async () => {
    expect.hasAssertions()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const test = await open()
        try {
          const model = new Model()
          for (const one of steps) {
            const [actual, expected] = await apply(test, model, one)
            expect(actual).toEqual(expected)
          }
          for (const deviceId of DEVICES) {
            const [actual, expected] = await compare(test.store, model, { ...everything, deviceId })
            expect(actual).toEqual(expected)
          }
        } finally {
          await test.close()
        }
      }),
      { numRuns: 40 },
    )
  })
}
