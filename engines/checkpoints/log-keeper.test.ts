import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyLog } from './copy-log.ts'
import { LogKeeper, type LogLength, logLength } from './log-keeper.ts'

const pages = 100
let directory: string
let file: string
let database: DatabaseSync
let holds: string[]

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'fleetloom-log-'))
  file = path.join(directory, 'some.db')
  database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE lines (text TEXT)')
  holds = []
})

afterEach(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

const length = (): LogLength => logLength(database.prepare('PRAGMA wal_checkpoint(NOOP)').get())

/** Later, as in another thread. */
async function copy(): Promise<void> {
  await nextTurn()
  copyLog(file)
}

const hold = (): (() => void) => {
  holds.push('held')
  return () => void holds.push('released')
}

/** Some 25 pages a commit. */
function write(commits: number, keeper?: LogKeeper): void {
  for (let n = 0; n < commits; n += 1) {
    database.prepare('INSERT INTO lines VALUES (?)').run('x'.repeat(100_000))
    keeper?.committed()
  }
}

/** As many as it takes to have it looked at. */
function commit(keeper: LogKeeper): void {
  for (let n = 0; n < 8; n += 1) keeper.committed()
}

/** A log that grows by a page with each copy, unless writes are held. */
function pretendedLog(beginsWith: number) {
  let [log, copied] = [beginsWith, 0]
  const copies: string[] = []
  return {
    copies,
    length: (): LogLength => ({ log, copied }),
    grow: (by: number) => void (log += by),
    copy: async (): Promise<void> => {
      const isHeld = holds.at(-1) === 'held'
      copies.push(isHeld ? 'copied while held' : 'copied')
      copied = log
      if (!isHeld) log += 1
    },
  }
}

const countLines = (): unknown => database.prepare('SELECT count(*) AS count FROM lines').get()?.['count']

describe('the log of a file', () => {
  test('is copied beside the event loop once it is long, and begins anew with the next commit', async () => {
    const keeper = new LogKeeper({ file, pages, length, hold, copy })
    write(8, keeper)
    const before = statSync(file).size
    expect(length().log).toBeGreaterThan(pages)
    await keeper.close()
    expect(length().copied).toBe(length().log)
    expect(statSync(file).size).toBeGreaterThan(before)
    write(1)
    expect(length().log).toBeLessThan(pages)
    expect(countLines()).toBe(9)
    expect(holds).toEqual([])
  })

  test('is left alone while it is short', async () => {
    const copied: string[] = []
    const keeper = new LogKeeper({ file, pages: 1e6, length, hold, copy: async () => void copied.push(file) })
    write(40, keeper)
    await keeper.close()
    expect(copied).toEqual([])
  })

  test('is copied to its end while writes are held, where some came meanwhile and it has become long', async () => {
    const log = pretendedLog(2 * pages)
    const keeper = new LogKeeper({ ...log, file, pages, hold })
    commit(keeper)
    await keeper.close()
    expect(log.copies).toEqual(['copied', 'copied while held'])
    expect(holds).toEqual(['held', 'released'])
  })

  test('is copied without holding anybody up while it is not twice as long', async () => {
    const log = pretendedLog(pages)
    const keeper = new LogKeeper({ ...log, file, pages, hold })
    commit(keeper)
    await keeper.close()
    expect(log.copies).toEqual(['copied'])
    expect(holds).toEqual([])
  })

  test('holds nobody up for long while the disk hangs, and is not copied twice at a time', async () => {
    const released = Promise.withResolvers<void>()
    const hanging = Promise.withResolvers<void>()
    const log = pretendedLog(2 * pages)
    const copies = [log.copy, () => hanging.promise, log.copy]
    const keeper = new LogKeeper({
      ...log,
      file,
      pages,
      hold: () => () => released.resolve(),
      copy: async () => copies.shift()?.(),
    })
    commit(keeper)
    await released.promise
    commit(keeper)
    expect(copies).toHaveLength(1)
    hanging.resolve()
    await keeper.close()
    log.grow(pages)
    commit(keeper)
    await keeper.close()
    expect(copies).toHaveLength(0)
  })

  test('that is read from all the while is copied without beginning anew, and nothing is lost', async () => {
    const reader = new DatabaseSync(file)
    reader.exec('BEGIN; SELECT count(*) FROM lines')
    const keeper = new LogKeeper({ file, pages, length, hold, copy })
    write(8, keeper)
    await keeper.close()
    write(8, keeper)
    await keeper.close()
    reader.close()
    copyLog(file)
    expect(length().copied).toBe(length().log)
    expect(countLines()).toBe(16)
  })

  test('that cannot be copied is as it was', async () => {
    expect(() => copyLog(path.join(directory, 'nowhere', 'some.db'))).toThrow(/unable to open/)
    const keeper = new LogKeeper({ file, pages, length, hold, copy: () => Promise.reject(new Error('full')) })
    write(8, keeper)
    await keeper.close()
    expect(length().copied).toBe(0)
    expect(countLines()).toBe(8)
  })
})
