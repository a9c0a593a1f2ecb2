import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyLog } from './copy-log.ts'
import { LogKeeper, type LogKeeperParts } from './log-keeper.ts'

const pages = 100
let directory: string
let file: string
let database: DatabaseSync
/** How much was copied on the event loop. */
let rests: number[]

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'fleetloom-log-'))
  file = path.join(directory, 'some.db')
  database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE lines (text TEXT)')
  rests = []
})

afterEach(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

function length(): { readonly log: number; readonly copied: number } {
  const row = database.prepare('PRAGMA wal_checkpoint(NOOP)').get()
  return { log: Number(row?.['log']), copied: Number(row?.['checkpointed']) }
}

/** Later, as in another thread. */
async function copy(): Promise<void> {
  await nextTurn()
  copyLog(file)
}

const checkpoint: LogKeeperParts['checkpoint'] = (mode) => {
  if (mode === 'PASSIVE') rests.push(length().log - length().copied)
  return database.prepare(`PRAGMA wal_checkpoint(${mode})`).get()
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

/** A log that grows by so much while it is copied. */
function pretendedLog(beginsWith: number, growsBy: number) {
  let [log, copied] = [beginsWith, 0]
  const copies: string[] = []
  return {
    copies,
    file,
    pages,
    copy: async (): Promise<void> => {
      copies.push('beside')
      copied = log
      log += growsBy
    },
    checkpoint(mode: 'NOOP' | 'PASSIVE') {
      if (mode === 'PASSIVE') {
        copies.push('rest')
        copied = log
      }
      return { log, checkpointed: copied }
    },
  }
}

const countLines = (): unknown => database.prepare('SELECT count(*) AS count FROM lines').get()?.['count']

describe('the log of a file', () => {
  test('is copied once it is long, and begins anew with the next commit', async () => {
    const keeper = new LogKeeper({ file, pages, checkpoint, copy })
    write(8, keeper)
    const before = statSync(file).size
    expect(length().log).toBeGreaterThan(pages)
    await keeper.close()
    expect(length().copied).toBe(length().log)
    expect(statSync(file).size).toBeGreaterThan(before)
    write(1)
    expect(length().log).toBeLessThan(pages)
    expect(countLines()).toBe(9)
    expect(rests).toEqual([])
  })

  test('is left alone while it is short', async () => {
    const copied: string[] = []
    const keeper = new LogKeeper({
      file,
      pages: 1e6,
      checkpoint,
      copy: async () => void copied.push(file),
    })
    write(40, keeper)
    await keeper.close()
    expect(copied).toEqual([])
  })

  test.each([
    [
      'is copied to its end where some came meanwhile and it has become long',
      2 * pages,
      1,
      ['beside', 'rest'],
    ],
    ['is not copied to its end while it is not that long', pages, 1, ['beside']],
    ['is not copied to its end where so much came that it would take long', 2 * pages, pages, ['beside']],
  ])('%s', async (_, beginsWith, growsBy, copies) => {
    const log = pretendedLog(beginsWith, growsBy)
    const keeper = new LogKeeper(log)
    commit(keeper)
    await keeper.close()
    expect(log.copies).toEqual(copies)
  })

  test('is not copied twice at a time, while a disk hangs', async () => {
    const hanging = Promise.withResolvers<void>()
    const log = pretendedLog(2 * pages, 1)
    const keeper = new LogKeeper({ ...log, copy: () => hanging.promise.then(log.copy) })
    commit(keeper)
    commit(keeper)
    hanging.resolve()
    await keeper.close()
    expect(log.copies).toEqual(['beside', 'rest'])
  })

  test('of which nothing can be told is left to the engine, and the commit is none the worse', async () => {
    const log = pretendedLog(2 * pages, 1)
    const fails = (): never => {
      throw new Error('disk I/O error')
    }
    const keeper = new LogKeeper({ ...log, checkpoint: fails })
    commit(keeper)
    await keeper.close()
    expect(log.copies).toEqual([])
  })

  test('that is read from all the while is copied without beginning anew, and nothing is lost', async () => {
    const reader = new DatabaseSync(file)
    reader.exec('BEGIN; SELECT count(*) FROM lines')
    const keeper = new LogKeeper({ file, pages, checkpoint, copy })
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
    const keeper = new LogKeeper({
      file,
      pages,
      checkpoint,
      copy: () => Promise.reject(new Error('full')),
    })
    write(8, keeper)
    await keeper.close()
    expect(length().copied).toBe(0)
    expect(countLines()).toBe(8)
  })
})
