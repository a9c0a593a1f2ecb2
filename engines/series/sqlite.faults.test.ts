import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { afterEach, describe, expect, it, vi } from 'vitest'

import {
  contains,
  asItems,
  DAY_MS,
  itemsOf,
  reading,
  readings,
  START_MS,
} from '../../nodes/platform/series/contract/fixture.ts'
import { openForTest } from './sqlite.fixture.ts'
import type { SqliteUnderTest } from './sqlite.fixture.ts'
import { openSqliteSeries } from './sqlite.ts'
import type { Corruption, SqliteSeriesOptions } from './sqlite.ts'
import { lockDirectory } from './sqlite/lock.ts'

let current: SqliteUnderTest | undefined
afterEach(async () => {
  await current?.close()
  current = undefined
})

async function open(options: Partial<SqliteSeriesOptions> = {}): Promise<SqliteUnderTest> {
  current = await openForTest(options)
  return current
}

function database(test: SqliteUnderTest): DatabaseSync {
  return new DatabaseSync(join(test.directory, 'series.db'), { timeout: 5000 })
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const state = { isPending: true }
  const settle = (): void => {
    state.isPending = false
  }
  promise.then(settle, settle)
  await setImmediate()
  return state.isPending
}

describe('The series store on SQLite', { timeout: 60_000 }, () => {
  it('loses and doubles nothing when its worker is killed again and again', async () => {
    const workers: Worker[] = []
    const test = await open({
      tailRows: 500,
      spawn: (settings) => {
        const worker = new Worker(new URL('./sqlite/worker.ts', import.meta.url), { workerData: settings })
        workers.push(worker)
        return worker
      },
    })
    const all = readings(4000)
    for (let i = 0; i < all.length; i += 250) {
      await test.store.append(all.slice(i, i + 250))
      if (i % 1000 === 0) await workers.at(-1)?.terminate()
    }
    await test.store.flush()
    expect(workers.length).toBeGreaterThan(3)
    expect(await itemsOf(test.store)).toEqual(asItems(all))
    expect(test.store.trouble).toBeUndefined()
    expect((await test.store.statistics()).readings).toBe(4000)
    await test.crash()
    expect(await itemsOf(test.store)).toEqual(asItems(all))
  })

  it('waits while another process holds the file, answers meanwhile, and then drains', async () => {
    const test = await open()
    await test.store.append(readings(10))
    await test.store.flush()
    const other = database(test)
    other.exec('BEGIN IMMEDIATE')
    const { durable } = await test.store.append(readings(20))
    const flushed = test.store.flush()
    await vi.waitFor(() => expect(test.store.trouble?.message).toMatch(/locked/), 10_000)
    expect(await isPending(durable)).toBe(true)
    expect(await itemsOf(test.store)).toEqual(asItems(readings(20)))
    other.exec('ROLLBACK')
    other.close()
    await flushed
    await durable
    expect(test.store.trouble).toBeUndefined()
    await test.crash()
    expect(await itemsOf(test.store)).toEqual(asItems(readings(20)))
  })

  it('lets append wait, in order, when too much is on its way to disk', async () => {
    const test = await open({ tailRows: 10, maxSealedTails: 2 })
    const other = database(test)
    other.exec('BEGIN IMMEDIATE')
    await test.store.append(readings(30))
    const waiting = [
      test.store.append([reading({ ts: START_MS + DAY_MS, rawValue: 1 })]),
      test.store.append([reading({ ts: START_MS + DAY_MS, rawValue: 2 })]),
    ]
    expect(await isPending(Promise.race(waiting))).toBe(true)
    other.exec('ROLLBACK')
    other.close()
    await Promise.all(waiting)
    expect((await itemsOf(test.store)).at(-1)?.rawValue).toBe(1)
    await test.store.flush()
  })

  it('goes on by itself once pruning has made room on a full disk', async () => {
    const test = await open({ tailRows: 2000, maxBytes: 400_000, fanIn: 100, quietMs: 3_600_000 })
    let ts = START_MS
    // Sines do not pack well.
    const batch = (): ReturnType<typeof reading>[] =>
      Array.from({ length: 500 }, () => reading({ ts: (ts += 1000), rawValue: Math.sin(ts) }))
    let flushed = Promise.resolve()
    while (test.store.trouble === undefined) {
      await test.store.append(batch())
      const flushing = test.store.flush()
      flushed = flushing
      await vi.waitUntil(async () => test.store.trouble !== undefined || !(await isPending(flushing)), 10_000)
    }
    expect(test.store.trouble.message).toMatch(/full/)
    const { readings: before } = await test.store.statistics()
    expect(await test.store.latest('org-1', 'device-1')).toHaveLength(1)
    const pruned = await test.store.prune('org-1', ts - 1_000_000)
    await flushed
    expect(test.store.trouble).toBeUndefined()
    expect(pruned).toBe(before - 1001)
    expect(await itemsOf(test.store)).toHaveLength(1001)
  })

  it('answers the same before and after runs are merged', async () => {
    const test = await open({ fanIn: 100, quietMs: 3_600_000 })
    for (let i = 0; i < 20; i++) await test.store.append(readings(40, i % 2 === 0 ? {} : { port: 2 }))
    await test.store.append(readings(200, { quality: 'late' }))
    await test.settle()
    const before = await itemsOf(test.store)
    const db = database(test)
    const runs = (): unknown => db.prepare(`SELECT count(*) AS runs FROM runs`).get()?.['runs']
    expect(runs()).toBeGreaterThan(10)
    await test.close()
    current = undefined
    db.close()
    const merging = await open()
    for (let i = 0; i < 20; i++) await merging.store.append(readings(40, i % 2 === 0 ? {} : { port: 2 }))
    await merging.store.append(readings(200, { quality: 'late' }))
    await merging.settle()
    expect(await itemsOf(merging.store)).toEqual(before)
    const merged = database(merging)
    expect(merged.prepare('SELECT count(*) AS runs FROM runs').get()).toEqual({ runs: 1 })
    merged.close()
    expect((await merging.store.statistics()).readings).toBe(240)
  })

  it('reports a damaged chunk once, leaves it out, and sets it aside when it merges', async () => {
    const found: Corruption[] = []
    const test = await open({ onCorruption: (corruption) => found.push(corruption) })
    await test.store.append(readings(30))
    await test.store.append(readings(30, { port: 2 }))
    await test.settle()
    await test.store.close()
    const db = database(test)
    db.exec(`UPDATE chunks SET data = zeroblob(length(data)) WHERE series = 1`)
    db.close()
    await test.reopen()
    for (let times = 0; times < 2; times++) {
      expect(await itemsOf(test.store)).toEqual(asItems(readings(30, { port: 2 })))
      expect(await test.store.latest('org-1', 'device-1')).toHaveLength(1)
      expect(await contains(test.store, [reading(), reading({ port: 2 })])).toEqual([false, true])
    }
    expect(found).toMatchObject([{ series: 1, firstTs: START_MS, lastTs: START_MS + 29_000 }])
    // Enough of about the same age and size that the day is merged.
    await test.store.append(readings(60, { port: 3 }))
    await test.settle()
    const after = database(test)
    expect(after.prepare('SELECT series, first_ts FROM set_aside').all()).toEqual([
      { series: 1, first_ts: START_MS },
    ])
    after.close()
    expect(found).toHaveLength(1)
    expect(await itemsOf(test.store, { port: 2 })).toHaveLength(30)
  })

  it('refuses a file that is no database, and leaves it as it was', async () => {
    const test = await open()
    await test.store.close()
    const path = join(test.directory, 'series.db')
    const sound = readFileSync(path)
    writeFileSync(path, 'not a database'.repeat(1000))
    await expect(openSqliteSeries({ directory: test.directory })).rejects.toThrow(/not a database/)
    expect(readFileSync(path, 'utf8')).toBe('not a database'.repeat(1000))
    writeFileSync(path, sound)
    await test.reopen()
    expect(test.store.trouble).toBeUndefined()
  })

  it('belongs to one process at a time', async () => {
    const test = await open()
    await expect(lockDirectory(test.directory, 0)).rejects.toThrow(/in use/)
    await test.store.close()
    const release = await lockDirectory(test.directory, 0)
    release()
  })

  it('writes a tail that has become old by itself', async () => {
    const test = await open({ tailMaxAgeMs: 20 })
    const { durable } = await test.store.append([reading()])
    await durable
    await test.crash()
    expect(await itemsOf(test.store)).toEqual(asItems([reading()]))
  })

  it('says when it closes with readings that could not be written, and does not call them durable', async () => {
    const test = await open({ closeTimeoutMs: 10 })
    const { durable } = await test.store.append([reading()])
    const other = database(test)
    other.exec('BEGIN IMMEDIATE')
    await expect(test.store.close()).rejects.toThrow(/1 readings not written/)
    await expect(durable).rejects.toThrow(/not written/)
    await expect(test.store.append([reading()])).rejects.toThrow(/closed/)
    other.close()
    // There is nothing left to close.
    current = undefined
    rmSync(test.directory, { recursive: true })
  })
})
