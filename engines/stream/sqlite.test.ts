import { spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  collector,
  durably,
  entries,
  entry,
  labelOf,
  labelsOf,
  readAll,
  ScriptedHandler,
  uplink,
} from '../../nodes/platform/stream/contract/fixture.ts'
import type { Entry, NewEntry } from '../../nodes/platform/stream/port.ts'
import { Database } from './sqlite/database.ts'
import { awaitableLogger, hastyClock, sqliteUnderTest } from './sqlite.fixture.ts'
import { type CorruptLogError, openSqliteStream, type SqliteStreamOptions } from './sqlite.ts'
import { describeStreamContract } from '../../nodes/platform/stream/stream.contract.ts'

describeStreamContract('SQLite', sqliteUnderTest)
describeStreamContract('SQLite with next to no memory', () =>
  sqliteUnderTest({ memory: { entries: 2, bytes: 64 } }),
)

async function open(options: Partial<SqliteStreamOptions> = {}) {
  const under = await sqliteUnderTest(options)
  onTestFinished(under.dispose)
  return { ...under, stream: under.stream() }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleetloom-stream-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  return folder
}

/** Many entries, a batch of ten for each append. */
function manyBatches(batches: number, bytes = 1000): readonly (readonly NewEntry[])[] {
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: 10 }, (__, index) => {
      const number = batch * 10 + index
      return { ...entry('a', number), data: Buffer.alloc(bytes, `${number};`) }
    }),
  )
}

const numberOf = (one: NewEntry) => Number(labelOf(one).split(';')[0])

describe('the SQLite stream', () => {
  it('waits while the file is locked, goes on reading and consuming, then writes everything in order', async () => {
    const { logger, logged } = awaitableLogger()
    const { stream, file } = await open({ logger })
    await stream.append(uplink, entries('a1', 'a2'))
    const handler = new ScriptedHandler()
    const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
    const first = await handler.next()
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const acknowledged: string[] = []
    const appends = ['b1', 'b2', 'b3'].map(async (label) => {
      await stream.append(uplink, entries(label))
      acknowledged.push(label)
    })
    await logged('cannot be written')
    expect(stream.trouble?.message).toContain('locked')
    first.answer(durably)
    expect((await handler.next()).labels).toEqual(['a2'])
    expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'a2'])
    await logged('where the groups are cannot be written')
    expect(acknowledged).toEqual([])
    other.exec('ROLLBACK')
    other.close()
    await Promise.all(appends)
    await logged('takes appends again')
    expect(stream.trouble).toBeUndefined()
    expect(acknowledged).toEqual(['b1', 'b2', 'b3'])
    expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'a2', 'b1', 'b2', 'b3'])
    await consumer.close(0)
  })

  it('does not hold up the event loop while the file is locked', async () => {
    const { stream, file } = await open()
    await stream.append(uplink, entries('a1'))
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const append = stream.append(uplink, entries('a2'))
    let longestMs = 0
    for (let turn = 0, before = performance.now(); turn < 200; turn += 1) {
      await nextTurn()
      longestMs = Math.max(longestMs, performance.now() - before)
      before = performance.now()
    }
    expect(longestMs).toBeLessThan(2000)
    other.exec('ROLLBACK')
    other.close()
    await append
  })

  it('acknowledges nothing while the file is full, and recovers when a trim makes room', async () => {
    const { logger, logged } = awaitableLogger()
    const { stream } = await open({ logger, maxBytes: 512 * 1024 })
    const seen: number[] = []
    const handle = (batch: readonly Entry[]) => {
      seen.push(...batch.map(numberOf))
      return Promise.resolve(durably)
    }
    const consumer = await stream.consume(collector({ handle }))
    const batches = manyBatches(100)
    const acknowledged: number[] = []
    const appends = batches.map(async (batch) => {
      await stream.append(uplink, batch)
      acknowledged.push(...batch.map(numberOf))
    })
    const progress = { done: false, rounds: 0 }
    const all = (async () => {
      await Promise.all(appends)
      progress.done = true
    })()
    await logged('cannot be written')
    while (!progress.done) {
      await consumer.whenLagAtMost(0)
      expect(seen).toEqual(expect.arrayContaining(acknowledged))
      await stream.trim(uplink, Number.MAX_SAFE_INTEGER)
      progress.rounds += 1
      await nextTurn()
    }
    await all
    await consumer.whenLagAtMost(0)
    expect(progress.rounds).toBeGreaterThan(1)
    expect(stream.trouble).toBeUndefined()
    const expected = Array.from({ length: 1000 }, (_, number) => number)
    expect(acknowledged).toEqual(expected)
    expect(seen).toEqual(expected)
  }, 30_000)

  it('tells how full a file of limited size is, and trimming makes room', async () => {
    const { stream } = await open({ maxBytes: 1 << 20 })
    const before = (await stream.fullness()) ?? 1
    await stream.append(uplink, [{ ...entry('a1', 1000), data: Buffer.alloc(1 << 19) }])
    expect(await stream.fullness()).toBeCloseTo(before + 0.5, 1)
    await stream.trim(uplink, 2000)
    expect(await stream.fullness()).toBeCloseTo(before, 1)
  })

  it('shares a commit between the appends of a turn', async () => {
    const { stream, file } = await open()
    await stream.append(uplink, entries('a1'))
    const sizeBefore = statSync(`${file}-wal`).size
    await Promise.all(Array.from({ length: 50 }, (_, index) => stream.append(uplink, entries(`a${index}`))))
    const oneByOne = statSync(`${file}-wal`).size - sizeBefore
    expect(oneByOne).toBeLessThan(50 * 4096)
  })

  it('is a log that never waits for a lock, and is synced by the appender', async () => {
    const { file } = await open()
    const database = new Database({ file })
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 })
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 0 })
    database.close()
  })

  it('hands an entry out once it is committed, and tells the producer once it is synced', async () => {
    const { stream } = await open()
    await stream.append(uplink, entries('a1'))
    const { promise, resolve } = Promise.withResolvers<void>()
    const sync = vi.spyOn(Database.prototype, 'sync').mockReturnValue(promise)
    onTestFinished(() => sync.mockRestore())
    const happened: string[] = []
    await stream.consume({
      stream: uplink,
      group: 'g',
      startAt: 'end',
      maxEntries: 10,
      handle: async (batch) => {
        happened.push(`handled ${batch.length}`)
        return { kind: 'processed', durable: Promise.resolve() }
      },
      abandon: async () => undefined,
    })
    const appended = stream.append(uplink, entries('a2')).then(() => happened.push('acknowledged'))
    await vi.waitUntil(() => happened.length > 0)
    expect(happened).toEqual(['handled 1'])
    resolve()
    await appended
    expect(happened).toEqual(['handled 1', 'acknowledged'])
  })

  it('tells the producer when the log cannot be synced, and takes appends again afterwards', async () => {
    const { stream } = await open()
    await stream.append(uplink, entries('a1'))
    const sync = vi.spyOn(Database.prototype, 'sync').mockRejectedValueOnce(new Error('the disk is gone'))
    onTestFinished(() => sync.mockRestore())
    await expect(stream.append(uplink, entries('a2'))).rejects.toThrow('the disk is gone')
    expect(stream.trouble?.message).toBe('the disk is gone')
    await stream.append(uplink, entries('a3'))
    expect(stream.trouble).toBeUndefined()
  })

  it('never writes over what another process has written', async () => {
    const { stream, file } = await open()
    await stream.append(uplink, entries('a1'))
    const other = await openSqliteStream({ file })
    await other.append(uplink, entries('b1', 'b2'))
    await stream.append(uplink, entries('a2'))
    await other.append(uplink, entries('b3'))
    await other.close()
    await stream.append(uplink, entries('a3'))
    expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'b1', 'b2', 'a2', 'b3', 'a3'])
  })

  it('reads the file for a consumer that is far behind', async () => {
    const { stream } = await open({ memory: { entries: 30, bytes: 1 << 20 } })
    const handler = new ScriptedHandler()
    const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 7 }))
    for (const batch of manyBatches(20, 20)) await stream.append(uplink, batch)
    const seen: number[] = []
    while (consumer.lag > 0) {
      const hand = await handler.next()
      seen.push(...hand.entries.map(numberOf))
      const { lag } = consumer
      hand.answer(durably)
      await consumer.whenLagAtMost(lag - hand.entries.length)
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, number) => number))
  })

  it('hands over from memory to a consumer at the head', async () => {
    const { stream, file } = await open()
    const handler = new ScriptedHandler()
    await stream.consume(collector({ handle: handler.handle, maxEntries: 2 }))
    await stream.append(uplink, entries('a1', 'a2'))
    await stream.append(uplink, entries('a3'))
    const first = await handler.next()
    const other = new DatabaseSync(file)
    other.exec('DELETE FROM batch_1')
    other.close()
    first.answer(durably)
    expect((await handler.next()).labels).toEqual(['a3'])
  })

  it('gives sockets and timers their turn while a consumer works through a backlog', async () => {
    const { stream } = await open()
    for (const batch of manyBatches(20, 20)) await stream.append(uplink, batch)
    const turns = { all: 0, sinceHanded: 0, fewest: 1000 }
    const handle = () => {
      turns.fewest = Math.min(turns.fewest, turns.sinceHanded)
      turns.sinceHanded = 0
      return Promise.resolve(durably)
    }
    const count = () => {
      turns.all += 1
      turns.sinceHanded += 1
      if (turns.all < 500) setImmediate(count)
    }
    setImmediate(count)
    await nextTurn()
    const consumer = await stream.consume(collector({ handle, maxEntries: 10 }))
    await consumer.whenLagAtMost(0)
    expect(turns.fewest).toBeGreaterThan(0)
  })

  it('trims an entry that claims to be from the future when it has aged here', async () => {
    const clock = { ...hastyClock, nowMs: () => 5000 }
    const { stream } = await open({ clock })
    await stream.append(uplink, [entry('a1', 9_000_000)])
    await stream.append(uplink, [entry('a2', 10)])
    expect(await stream.trim(uplink, 5000)).toBe(0)
    expect(await stream.trim(uplink, 5001)).toBe(2)
  })

  it('goes on when what it is given to open is locked for a while', async () => {
    const { file, stream } = await open()
    await stream.close()
    const other = new DatabaseSync(file)
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    const opening = openSqliteStream({ file, clock: hastyClock })
    await nextTurn()
    other.exec('ROLLBACK')
    other.close()
    const opened = await opening
    expect(opened.trouble).toBeUndefined()
    await opened.close()
  })

  it('refuses a file that is no database', async () => {
    const file = join(temporaryFolder(), 'stream.db')
    writeFileSync(file, 'this is not a database, and never was one'.repeat(500))
    await expect(openSqliteStream({ file, clock: hastyClock })).rejects.toThrow('not a database')
  })
})

describe('the SQLite stream after damage', () => {
  it('loses nothing acknowledged to SIGKILL under load', async () => {
    const { file, stream } = await open()
    await stream.close()
    const acknowledged = new Set<number>()
    for (const killAfter of [1, 5, 23, 60, 150]) {
      const from = String(Math.max(-1, ...acknowledged) + 1000)
      const script = new URL('sqlite.kill.fixture.ts', import.meta.url).pathname
      const child = spawn(process.execPath, [script, file, from], { stdio: ['ignore', 'pipe', 'inherit'] })
      let lines = 0
      for await (const line of createInterface({ input: child.stdout })) {
        for (let number = Number(line) - 19; number <= Number(line); number += 1) acknowledged.add(number)
        lines += 1
        if (lines === killAfter) child.kill('SIGKILL')
      }
      expect(lines).toBeGreaterThanOrEqual(killAfter)
    }
    const reopened = await openSqliteStream({ file })
    const kept = (await readAll(reopened.read(uplink))).map(labelOf).map(Number)
    await reopened.close()
    expect(acknowledged.size).toBeGreaterThan(200)
    expect(new Set(kept).size).toBe(kept.length)
    const keptSet = new Set(kept)
    expect([...acknowledged].filter((number) => !keptSet.has(number))).toEqual([])
  }, 60_000)

  it('keeps what was committed when the end of the write-ahead log is torn', async () => {
    const { stream, file } = await open()
    await stream.append(uplink, entries('a1', 'a2'))
    const fsynced = statSync(`${file}-wal`).size
    await stream.append(uplink, [{ ...entry('b1'), data: Buffer.alloc(50_000, 'b1') }])
    const whole = readFileSync(`${file}-wal`)
    const folder = temporaryFolder()
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: fsynced, max: whole.length - 1 }),
        fc.boolean(),
        async (at, flip) => {
          run += 1
          const copy = join(folder, `${run}.db`)
          copyFileSync(file, copy)
          const torn = Buffer.from(whole)
          torn[at] = (torn[at] ?? 0) ^ 0xff
          writeFileSync(`${copy}-wal`, torn)
          if (!flip) truncateSync(`${copy}-wal`, at)
          const reopened = await openSqliteStream({ file: copy })
          expect(labelsOf(await readAll(reopened.read(uplink)))).toEqual(['a1', 'a2'])
          await reopened.append(uplink, entries('c1'))
          expect(labelsOf(await readAll(reopened.read(uplink)))).toEqual(['a1', 'a2', 'c1'])
          await reopened.close()
        },
      ),
      { numRuns: 30 },
    )
  }, 30_000)

  it('reports a corrupt row once, with its range, and hands over the rest', async () => {
    const corrupt: CorruptLogError[] = []
    const { stream, file, reopen } = await open({ onCorruption: (error) => corrupt.push(error) })
    for (const labels of [['a1'], ['a2', 'a3'], ['a4']]) await stream.append(uplink, entries(...labels))
    const other = new DatabaseSync(file)
    other.exec(
      "UPDATE batch_1 SET data = CAST(replace(CAST(data AS TEXT), 'a3', 'x3') AS BLOB) WHERE first = 1",
    )
    other.exec('UPDATE batch_1 SET data = zeroblob(length(data)) WHERE first = 1')
    other.close()
    const reopened = await reopen()
    const options = collector()
    await (await reopened.consume(options)).whenLagAtMost(0)
    expect(options.seen).toEqual(['a1', 'a4'])
    expect(labelsOf(await readAll(reopened.read(uplink)))).toEqual(['a1', 'a4'])
    expect(corrupt.map(({ fromOffset, toOffset, message }) => ({ fromOffset, toOffset, message }))).toEqual([
      {
        fromOffset: '1',
        toOffset: '3',
        message: 'entries 1 to 2 of stream uplink cannot be read: the checksum is wrong',
      },
    ])
  })

  it('reports rows that are gone', async () => {
    const corrupt: CorruptLogError[] = []
    const { stream, file } = await open({ onCorruption: (error) => corrupt.push(error) })
    for (const labels of [['a1'], ['a2', 'a3'], ['a4']]) await stream.append(uplink, entries(...labels))
    const other = new DatabaseSync(file)
    other.exec('DELETE FROM batch_1 WHERE first = 1')
    other.close()
    expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'a4'])
    expect(corrupt.map(({ fromOffset, toOffset }) => [fromOffset, toOffset])).toEqual([['1', '3']])
  })

  it.each([
    ['rows at the end are gone', 'DELETE FROM batch_1 WHERE first = 3'],
    ['its last row makes no sense', "UPDATE batch_1 SET count = x'00' WHERE first = 3"],
  ])('refuses to guess where the log ends when %s', async (_, damage) => {
    const { stream, file } = await open()
    for (const labels of [['a1'], ['a2', 'a3'], ['a4']]) await stream.append(uplink, entries(...labels))
    await stream.close()
    const other = new DatabaseSync(file)
    other.exec(damage)
    other.close()
    const reopened = await openSqliteStream({ file })
    await expect(reopened.append(uplink, entries('a5'))).rejects.toThrow(
      'the end of stream uplink cannot be read; restore the file from a backup',
    )
    await reopened.close()
  })

  it('is never silent about flipped bytes: what it does not read it reports, and what it reads is right', async () => {
    const { stream, file } = await open()
    for (const batch of manyBatches(40, 300)) await stream.append(uplink, batch)
    await stream.close()
    const whole = readFileSync(file)
    const folder = temporaryFolder()
    // The first pages hold the schema and the names; the batches lie behind them.
    const batchesAt = 5 * 8192
    const refusals =
      /^the end of stream uplink cannot be read; restore the file from a backup$|^database disk image is malformed$/
    let run = 0
    let reported = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: batchesAt, max: whole.length - 64 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          run += 1
          const copy = join(folder, `${run}.db`)
          const flipped = Buffer.from(whole)
          for (let index = at; index < at + 64; index += 1) flipped[index] = (flipped[index] ?? 0) ^ mask
          writeFileSync(copy, flipped)
          const accounted = new Set<number>()
          const onCorruption = ({ fromOffset, toOffset }: CorruptLogError) => {
            reported += 1
            const end = Math.min(Number(toOffset), 400)
            for (let position = Number(fromOffset); position < end; position += 1) accounted.add(position)
          }
          const reopened = await openSqliteStream({ file: copy, onCorruption })
          try {
            for (const one of await readAll(reopened.read(uplink))) {
              expect(numberOf(one)).toBe(Number(one.offset))
              accounted.add(Number(one.offset))
            }
            expect(accounted.size).toBe(400)
          } catch (error) {
            if (!(error instanceof Error && refusals.test(error.message))) throw error
            reported += 1
          } finally {
            await reopened.close()
          }
        },
      ),
      { numRuns: 60 },
    )
    expect(reported).toBeGreaterThan(10)
  }, 30_000)
})
