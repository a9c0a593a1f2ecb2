import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { isMongoMissing, mongoServerName, startMongoServer } from '../mongo/testing/server.fixture.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import { bucketsOf, expectSame, summaryOf } from '../../nodes/platform/series/contract/brute-force.ts'
import { DAY_MS, everything, reading, START_MS } from '../../nodes/platform/series/contract/fixture.ts'
import { openForTest } from './mongo.fixture.ts'
import type { MongoSeriesUnderTest } from './mongo.fixture.ts'

const SERIES = { ...everything, orgId: 'org-1', deviceId: 'device-1', port: 1 } as const
const HOUR_MS = 3_600_000

describe.skipIf(isMongoMissing)(`History on MongoDB (${mongoServerName})`, { timeout: 120_000 }, () => {
  let server: MongoServer
  let test: MongoSeriesUnderTest
  let nowMs = START_MS
  beforeAll(async () => {
    server = await startMongoServer()
  }, 60_000)
  afterAll(() => server.close())
  beforeEach(async () => {
    nowMs = START_MS
    test = await openForTest(server, { now: () => nowMs, rollEveryMs: 20, maxKeptValues: 100 })
  })
  afterEach(() => test.close())

  const days = () => test.connection.db.collection('series.days')
  const rolled = (): Promise<number> => days().countDocuments({ $expr: { $eq: ['$rolled', '$marks'] } })
  const untilRolled = async (count: number): Promise<void> => {
    while ((await rolled()) !== count) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  /** Every two hours, from noon of the first day. */
  const fortnight = Array.from({ length: 12 * 14 }, (_, i) =>
    reading({ ts: START_MS + i * 2 * HOUR_MS, rawValue: (i * 37) % 101 }),
  )

  it('works out totals of days once they are over, which charts then need no readings for', async () => {
    expect.hasAssertions()
    await test.store.append(fortnight)
    nowMs = START_MS + 20 * DAY_MS
    await untilRolled(15)
    // Who reads readings now finds none.
    await test.connection.db.collection('series.readings').deleteMany({})
    for (const width of ['1h', '1d'] as const) {
      const { items } = await test.store.buckets({ ...SERIES, width })
      expectSame(items, bucketsOf(fortnight, width))
    }
  })

  it('reads the readings of a day that has got late ones, until its totals are true again', async () => {
    nowMs = START_MS + 20 * DAY_MS
    await test.store.append(fortnight)
    nowMs += HOUR_MS
    await untilRolled(15)
    const late = reading({ ts: START_MS + DAY_MS + 1, rawValue: 5000 })
    await test.store.append([late])
    expect(await rolled()).toBe(14)
    const all = [...fortnight, late].sort((a, b) => a.ts - b.ts)
    expectSame((await test.store.buckets({ ...SERIES, width: '1d' })).items, bucketsOf(all, '1d'))
    nowMs += HOUR_MS
    await untilRolled(15)
    expectSame((await test.store.buckets({ ...SERIES, width: '1d' })).items, bucketsOf(all, '1d'))
  })

  it('forgets days that hold nothing any more', async () => {
    await test.store.append(fortnight)
    await test.store.removePeriod({
      orgId: 'org-1',
      deviceId: 'device-1',
      fromMs: -Infinity,
      toMs: START_MS + 7 * DAY_MS + DAY_MS / 2,
    })
    nowMs = START_MS + 20 * DAY_MS
    await untilRolled(7)
    expect(await days().countDocuments()).toBe(7)
  })

  it('finds percentiles of more values than it keeps', async () => {
    expect.hasAssertions()
    await test.store.append(fortnight)
    const summary = await test.store.summary(SERIES)
    expectSame(summary === undefined ? [] : [summary], [summaryOf(fortnight)])
  })
})
