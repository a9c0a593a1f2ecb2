import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

import { afterEach, describe, expect, it } from 'vitest'

import { bucketsOf, expectSame, summaryOf } from '../../nodes/platform/series/contract/brute-force.ts'
import {
  allPages,
  asItems,
  DAY_MS,
  itemsOf,
  reading,
  START_MS,
} from '../../nodes/platform/series/contract/fixture.ts'
import { allBuckets } from '../../nodes/platform/series/contract/history-data.ts'
import type { SeriesReading } from '../../nodes/platform/series/port.ts'
import { openForTest } from './sqlite.fixture.ts'
import type { SqliteUnderTest } from './sqlite.fixture.ts'
import type { Corruption, SqliteSeriesOptions } from './sqlite.ts'
import { pruneSeries } from './sqlite/chores.ts'
import { RunFile } from './sqlite/run-file.ts'

const MIDNIGHT_MS = Math.floor(START_MS / DAY_MS) * DAY_MS
const PORT_1 = { orgId: 'org-1', deviceId: 'device-1', port: 1 } as const
const DAYS = 6
/** Every ten minutes of some days, on two ports. */
const all = Array.from({ length: DAYS * 288 }, (_, i) =>
  reading({ ts: MIDNIGHT_MS + Math.floor(i / 2) * 600_000, port: 1 + (i % 2), rawValue: (i * 37) % 101 }),
)
const ofPort1 = all.filter(({ port }) => port === 1)
const whole = { fromMs: MIDNIGHT_MS, toMs: MIDNIGHT_MS + DAYS * DAY_MS }

let current: SqliteUnderTest | undefined
afterEach(async () => {
  await current?.close()
  current = undefined
})

async function open(options: Partial<SqliteSeriesOptions> = {}): Promise<SqliteUnderTest> {
  current = await openForTest({ tailRows: 500, ...options })
  return current
}

/** Does something to the file behind the store's back. */
async function tamper(test: SqliteUnderTest, sql: string): Promise<void> {
  const file = new DatabaseSync(join(test.directory, 'series.db'), { timeout: 5000 })
  file.exec(sql)
  file.close()
  await test.reopen()
}

const damaged = 'UPDATE chunks SET data = zeroblob(length(data))'

describe('History on SQLite', { timeout: 60_000 }, () => {
  it('takes rollups for whole days that are over, without looking at a reading', async () => {
    const test = await open()
    await test.store.append(all)
    await test.settle()
    await tamper(test, damaged)
    for (const width of ['1h', '1d'] as const)
      expectSame(await allBuckets(test.store, { width, ...whole }), bucketsOf(ofPort1, width))
    expect(await itemsOf(test.store)).toEqual([])
  })

  it('takes rollups and what came later side by side, as long as they lie apart', async () => {
    expect.hasAssertions()
    const test = await open({ quietMs: 0 })
    const before = ofPort1.filter(({ ts }) => ts % DAY_MS < DAY_MS / 2 + 1_200_000)
    const after = ofPort1.filter((one) => !before.includes(one))
    await test.store.append(before)
    await test.settle()
    await tamper(test, damaged)
    await test.store.append(after)
    // Half past noon is in an hour that both have a part of.
    for (const width of ['1h', '1d'] as const)
      expectSame(await allBuckets(test.store, { width, ...whole }), bucketsOf(ofPort1, width))
  })

  it('counts a day anew while repeats or late readings lie among what was rolled up', async () => {
    expect.hasAssertions()
    const test = await open()
    await test.store.append(all)
    await test.settle()
    const again = ofPort1.map((one) => reading({ ...one, calibratedValue: -1e6 }))
    await test.store.append(again)
    await test.store.flush()
    for (const width of ['1h', '1d'] as const)
      expectSame(await allBuckets(test.store, { width }), bucketsOf(ofPort1, width))
  })

  it('counts where a rollup is damaged, and says so once', async () => {
    const found: Corruption[] = []
    const test = await open({ onCorruption: (one) => found.push(one) })
    await test.store.append(all)
    await test.settle()
    await tamper(test, 'UPDATE rollups SET data = zeroblob(length(data)) WHERE width_ms = 86400000')
    for (let i = 0; i < 2; i++)
      expectSame(await allBuckets(test.store, { width: '1d', ...whole }), bucketsOf(ofPort1, '1d'))
    expect(found).toHaveLength(DAYS)
    expect(new Set(found.map(({ reason }) => reason))).toEqual(new Set(['checksum of a rollup']))
  })

  it('rolls up what a version without rollups has written', async () => {
    expect.hasAssertions()
    const test = await open()
    await test.store.append(all)
    await test.settle()
    await test.store.close()
    const file = new DatabaseSync(join(test.directory, 'series.db'))
    file.exec('DROP TABLE rollups; ALTER TABLE runs DROP COLUMN rolled_up; PRAGMA user_version = 1')
    file.close()
    await test.reopen()
    expectSame(await allBuckets(test.store, { width: '1d' }), bucketsOf(ofPort1, '1d'))
    await test.settle()
    await tamper(test, damaged)
    expectSame(await allBuckets(test.store, { width: '1d', ...whole }), bucketsOf(ofPort1, '1d'))
  })

  it('finds the same percentiles among more values than it may keep', async () => {
    expect.hasAssertions()
    const test = await open({ maxSummaryValues: 100 })
    await test.store.append(all)
    await test.store.flush()
    for (const count of [99, 100, 101, ofPort1.length]) {
      const some = ofPort1.slice(0, count)
      const toMs = (some.at(-1)?.ts ?? 0) + 1
      const summary = await test.store.summary({ ...PORT_1, fromMs: MIDNIGHT_MS, toMs })
      expectSame(summary === undefined ? [] : [summary], [summaryOf(some)])
    }
  })

  it('keeps no rollup of what is gone', async () => {
    const test = await open()
    const rollups = (): number => {
      const file = new DatabaseSync(join(test.directory, 'series.db'), { timeout: 5000 })
      const count = Number(file.prepare('SELECT count(*) AS n FROM rollups').get()?.['n'])
      file.close()
      return count
    }
    await test.store.append(all)
    await test.settle()
    expect(rollups()).toBe(DAYS * 2 * 2)
    const device = { orgId: 'org-1', deviceId: 'device-1' }
    await test.store.removePeriod({ ...device, fromMs: MIDNIGHT_MS, toMs: MIDNIGHT_MS + 1.5 * DAY_MS })
    expect(rollups()).toBe((DAYS - 2) * 2 * 2)
    await test.store.append(all.filter(({ ts }) => ts >= MIDNIGHT_MS + 2 * DAY_MS))
    await test.settle()
    expect(rollups()).toBe((DAYS - 2) * 2 * 2)
    await test.store.removeDevice('org-1', 'device-1')
    await test.settle()
    expect(rollups()).toBe(0)
  })

  it.each([1, 2, 3, 5, 8, 13])(
    'removes each day of a port whole or not at all, when a crash strikes after step %i, and the rest afterwards',
    async (steps) => {
      const test = await open({ tailRows: 200, fanIn: 100, quietMs: 1e15 })
      await test.store.append(all)
      await test.store.append(all.slice(100, 900))
      await test.store.flush()
      const period = { fromMs: MIDNIGHT_MS + DAY_MS / 2, toMs: MIDNIGHT_MS + 4.5 * DAY_MS }
      await test.store.close()
      const path = join(test.directory, 'series.db')
      const settings = { path, maxBytes: undefined, fanIn: 100, maxRunReadings: 1e6, quietMs: 0 }
      const file = new RunFile(settings, () => undefined)
      const removal = pruneSeries(file, Int32Array.of(1, 2), period)
      for (let i = 0; i < steps; i++) file.transaction(() => removal.next())
      file.close()
      await test.reopen()
      const left = await expectWholeOrNot(test, all, period)
      expect(left).toBeLessThan(all.length)
      const rest = all.filter(({ ts }) => !isIn(period, ts))
      const device = { orgId: 'org-1', deviceId: 'device-1' }
      expect(await test.store.removePeriod({ ...device, ...period })).toBe(left - rest.length)
      expect(await itemsOf(test.store)).toEqual(asItems(rest))
    },
  )

  it('goes on removing with a new worker when the old one died', async () => {
    const workers: Worker[] = []
    const test = await open({
      spawn: (settings) => {
        const worker = new Worker(new URL('./sqlite/worker.ts', import.meta.url), { workerData: settings })
        workers.push(worker)
        return worker
      },
    })
    await test.store.append(all)
    const period = { fromMs: MIDNIGHT_MS + DAY_MS / 2, toMs: MIDNIGHT_MS + 4.5 * DAY_MS }
    const removed = test.store.removePeriod({ orgId: 'org-1', deviceId: 'device-1', ...period })
    await workers.at(-1)?.terminate()
    await removed
    expect(workers.length).toBeGreaterThan(1)
    expect(await itemsOf(test.store)).toEqual(asItems(all.filter(({ ts }) => !isIn(period, ts))))
  })
})

interface Period {
  readonly fromMs: number
  readonly toMs: number
}

const isIn = ({ fromMs, toMs }: Period, ts: number): boolean => ts >= fromMs && ts < toMs

async function expectWholeOrNot(
  test: SqliteUnderTest,
  stored: readonly SeriesReading[],
  period: Period,
): Promise<number> {
  const left = await allPages(test.store, {})
  const inPeriod = <T extends { readonly ts: number }>(of: readonly T[]): readonly T[] =>
    of.filter(({ ts }) => isIn(period, ts))
  const key = ({ ts, port }: { readonly ts: number; readonly port: number }): string =>
    `${Math.floor(ts / DAY_MS)}:${port}`
  const full = Map.groupBy(inPeriod(stored), key)
  for (const [day, some] of Map.groupBy(inPeriod(left), key))
    expect(some).toHaveLength(full.get(day)?.length ?? 0)
  expect(left.length - inPeriod(left).length).toBe(stored.length - inPeriod(stored).length)
  const readable = left.filter(({ port }) => port === 1)
  expectSame(await allBuckets(test.store, { width: '1h' }), bucketsOf(readable, '1h'))
  const summary = await test.store.summary({ ...PORT_1, fromMs: -Infinity, toMs: Infinity })
  expectSame(summary === undefined ? [] : [summary], [summaryOf(readable)])
  return left.length
}
