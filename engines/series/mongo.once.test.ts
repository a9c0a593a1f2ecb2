import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { isMongoMissing, mongoServerName, startMongoServer } from '../mongo/testing/server.fixture.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import { bucketsOf, expectSame, summaryOf } from '../../nodes/platform/series/contract/brute-force.ts'
import {
  contains,
  asItems,
  everything,
  itemsOf,
  reading,
  readings,
  START_MS,
} from '../../nodes/platform/series/contract/fixture.ts'
import { deliveries } from './mongo.deliveries.fixture.ts'
import { openForTest } from './mongo.fixture.ts'
import type { MongoSeriesUnderTest } from './mongo.fixture.ts'
import { openMongoSeries } from './mongo.ts'
import type { MongoSeries } from './mongo.ts'

const CHILD = join(import.meta.dirname, 'mongo.child.fixture.ts')
const SERIES = { orgId: 'org-1', deviceId: 'device-1', port: 1 } as const

describe.skipIf(isMongoMissing)(`Readings on MongoDB (${mongoServerName})`, { timeout: 120_000 }, () => {
  let server: MongoServer
  let test: MongoSeriesUnderTest
  let others: MongoSeries[] = []
  beforeAll(async () => {
    server = await startMongoServer()
  }, 60_000)
  afterAll(() => server.close())
  beforeEach(async () => {
    test = await openForTest(server)
  })
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close()
    await test.close()
  })

  /** A second instance; it has a name of its own, as in another process. */
  const another = async (): Promise<MongoSeries> => {
    const series = await openMongoSeries(test.connection)
    others = [...others, series]
    return series
  }
  const rowsStored = (): Promise<number> => test.connection.db.collection('series.readings').countDocuments()
  const stored = async (): Promise<readonly number[]> => {
    const all: number[] = []
    for (const deviceId of ['device-0', 'device-1', 'device-2']) {
      all.push(...(await itemsOf(test.store, { deviceId })).map(({ rawValue }) => rawValue))
    }
    return all.sort((a, b) => a - b)
  }
  /** Runs an instance on a part of the deliveries; resolves with how far it said it came. */
  const run = async (from: number, to: number, mode = ''): Promise<{ reached: number; end: unknown }> => {
    const child = spawn(process.execPath, [CHILD, test.url, String(from), String(to), mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const [code, signal]: unknown[] = await once(child, 'close')
    return { reached: Number(output.trim().split('\n').at(-1) ?? from) || from, end: signal ?? code }
  }

  it('are stored once when two instances store the same at the same time', async () => {
    const other = await another()
    const all = readings(300)
    for (let at = 0; at < 300; at += 50) {
      const batch = all.slice(at, at + 50)
      await Promise.all([
        test.store.append(batch.slice(0, 30)),
        other.append(batch),
        test.store.append(batch.slice(20)),
      ])
    }
    expect(await itemsOf(test.store)).toEqual(asItems(all))
    expect(await other.latest('org-1', 'device-1')).toEqual(asItems(all.slice(-1)))
    await other.close()
    await test.settle()
    // What had slipped in twice is gone when totals are worked out.
    expect(await rowsStored()).toBe(300)
    expect(await itemsOf(test.store)).toEqual(asItems(all))
  })

  it('keep their first value when a device goes from one instance to another and back', async () => {
    const other = await another()
    const [first, second, third] = readings(3)
    if (first === undefined || second === undefined || third === undefined) throw new Error('No readings')
    await test.store.append([first])
    await other.append([{ ...first, rawValue: -1 }, second])
    await test.store.append([{ ...second, rawValue: -2 }, third])
    await other.append([{ ...third, rawValue: -3 }])
    expect(await itemsOf(test.store)).toEqual(asItems([first, second, third]))
  })

  it('are read once, and counted once, when an insert slips in behind the back of its next writer', async () => {
    const all = readings(60)
    await test.store.append(all)
    const raw = test.connection.db.collection('series.readings')
    // As the insert of an instance that was stopped, and went on after others had taken its devices.
    const late = await raw
      .find({}, { projection: { _id: 0 } })
      .limit(20)
      .toArray()
    await raw.insertMany(late.map((row) => Object.assign(row, { epoch: 0, calibratedValue: -9 })))
    for (const settled of [false, true]) {
      if (settled) await test.settle()
      expect(await itemsOf(test.store)).toEqual(asItems(all))
      expect(await itemsOf(test.store, { direction: 'descending', limit: 7 })).toEqual(
        asItems(all.toReversed().slice(0, 7)),
      )
      expect(await contains(test.store, all)).toEqual(all.map(() => true))
      for (const width of ['1m', '1d'] as const) {
        const { items } = await test.store.buckets({ ...everything, ...SERIES, width })
        expectSame(items, bucketsOf(all, width))
      }
      const summary = await test.store.summary({ ...everything, ...SERIES })
      expectSame(summary === undefined ? [] : [summary], [summaryOf(all)])
      expect(await rowsStored()).toBe(settled ? 60 : 80)
    }
  })

  it('are stored once when an instance dies between the insert and its acknowledgment', async () => {
    const crashed = await run(0, 60, 'crash')
    expect(crashed).toEqual({ reached: 0, end: 'SIGKILL' })
    expect(await rowsStored()).toBe(20)
    const next = await run(0, 60)
    expect(next).toEqual({ reached: 60, end: 0 })
    expect(await stored()).toEqual(deliveries(0, 60).map(({ rawValue }) => rawValue))
    expect(await rowsStored()).toBe(60)
    // And their totals are true: the mark of the day was there before the first of them.
    await test.settle()
    const ofDevice = deliveries(0, 60).filter(({ deviceId }) => deviceId === 'device-1')
    const { items } = await test.store.buckets({ ...everything, ...SERIES, width: '1d' })
    expectSame(items, bucketsOf(ofDevice, '1d'))
  })

  it('are stored once by two instances with overlapping deliveries, one of which dies again and again', async () => {
    const steady = run(0, 400)
    // The stream delivers anew what was not acknowledged, which is all of it.
    const ends: unknown[] = []
    // Past the other's end, so that there is something to insert, and to die of, however fast that one is.
    for (const from of [0, 40, 80]) ends.push((await run(from, 440, 'crash')).end)
    expect(ends).toContain('SIGKILL')
    expect(await run(0, 440)).toEqual({ reached: 440, end: 0 })
    expect(await steady).toEqual({ reached: 400, end: 0 })
    expect(await stored()).toEqual(deliveries(0, 440).map(({ rawValue }) => rawValue))
    await test.settle()
    expect(await rowsStored()).toBe(440)
  })

  it('stay apart in a collection of the ordinary kind, too', async () => {
    await test.close()
    test = await openForTest(server, { hasTimeSeries: false })
    const other = await another()
    await Promise.all([test.store.append(readings(50)), other.append(readings(50))])
    await other.append([reading({ ts: START_MS + 7000, rawValue: -1 })])
    expect(await itemsOf(test.store)).toEqual(asItems(readings(50)))
  })
})
