import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readFlowDirectory } from '../../editor/flow-storage/flow-directory.ts'
import { createBackup } from './create-backup.ts'
import { filesBelow } from './files.ts'
import { BackupRefused, manifestFile } from './manifest.ts'
import { restoreBackup } from './restore-backup.ts'

let home = ''
const at = (...names: readonly string[]): string => path.join(home, ...names)
const readFlows = async (): Promise<ReadonlyMap<string, string>> =>
  (await readFlowDirectory(at('flows'))).texts
const nowMs = (): number => Date.UTC(2026, 10, 21, 12)

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'fleetloom-backup-'))
  for (const room of ['store', 'stream']) {
    await mkdir(at('data', room), { recursive: true })
    using db = new DatabaseSync(at('data', room, `${room}.db`))
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE item (n INTEGER PRIMARY KEY, room TEXT)')
    db.prepare('INSERT INTO item VALUES (1, ?)').run(room)
  }
  await mkdir(at('data', 'node-red'))
  await writeFile(at('data', 'node-red', 'flows_cred.json'), '{"a":{"password":"p"}}')
  await mkdir(at('flows'))
  await writeFile(at('flows', 'tab.json'), '[]')
})
afterEach(() => rm(home, { recursive: true }))

const backUp = () =>
  createBackup({
    dataDir: at('data'),
    readFlows,
    out: at('backup'),
    platformVersion: '1.2.3',
    nowMs,
  })
const restore = (changes: { isForced?: boolean; flowsDir?: string; dataDir?: string } = {}) =>
  restoreBackup({
    from: at('backup'),
    dataDir: at('restored'),
    flowsDir: undefined,
    isForced: false,
    nowMs,
    ...changes,
  })
const countIn = (file: string): number => {
  using db = new DatabaseSync(file)
  return Number(db.prepare('SELECT count(*) AS n FROM item').get()?.['n'])
}
const names = async (folder: string): Promise<readonly string[]> => [...(await filesBelow(folder))].sort()

describe('a backup', () => {
  test('holds what a link leads to: data on a larger disk', async () => {
    await rename(at('data', 'store'), at('larger-disk'))
    await symlink(at('larger-disk'), at('data', 'store'))
    await writeFile(at('elsewhere.json'), '{}')
    await symlink(at('elsewhere.json'), at('data', 'settings.json'))
    await backUp()
    await restore()
    expect(countIn(at('restored', 'store', 'store.db'))).toBe(1)
    expect(await readFile(at('restored', 'settings.json'), 'utf8')).toBe('{}')
  })

  test.each([
    ['nowhere', 'gone'],
    ['back into the data', 'data'],
  ])('is refused where a link leads %s', async (_, to) => {
    await symlink(at(to), at('data', 'link'))
    await expect(backUp()).rejects.toThrow(BackupRefused)
  })

  test('holds every file of the data and the flows, for their owner only, and nothing else', async () => {
    const { files, takenAt } = await backUp()
    expect(takenAt).toBe('2026-11-21T12:00:00.000Z')
    const held = [
      'data/node-red/flows_cred.json',
      'data/store/store.db',
      'data/stream/stream.db',
      'flows/tab.json',
    ]
    expect(files.map((file) => file.path).sort()).toEqual(held)
    expect(await names(at('backup'))).toEqual([...held, manifestFile])
    for (const name of [...held, manifestFile])
      expect([name, ((await stat(at('backup', name))).mode & 0o777).toString(8)]).toEqual([name, '600'])
    expect(((await stat(at('backup'))).mode & 0o777).toString(8)).toBe('700')
  })

  test('has what an open database has committed, and not what it has not', async () => {
    using open = new DatabaseSync(at('data', 'stream', 'stream.db'))
    open.exec('INSERT INTO item VALUES (2, NULL)')
    open.exec('BEGIN; INSERT INTO item VALUES (3, NULL)')
    await backUp()
    expect(countIn(at('backup', 'data', 'stream', 'stream.db'))).toBe(2)
  })

  test('refuses a damaged database by its name, and leaves nothing behind', async () => {
    const file = at('data', 'store', 'store.db')
    const bytes = await readFile(file)
    // The second page: the table's own.
    bytes.fill(0x5a, 4096, 8192)
    await writeFile(file, bytes)
    await expect(backUp()).rejects.toThrow(/store\/store\.db is damaged/)
    expect((await readdir(home)).sort()).toEqual(['data', 'flows'])
  })

  test('goes neither into the data itself, nor over something', async () => {
    const to = (out: string) =>
      createBackup({ dataDir: at('data'), readFlows, out, platformVersion: '', nowMs })
    await expect(to(at('data', 'backup'))).rejects.toThrow(/is inside/)
    await expect(to(at('flows'))).rejects.toThrow(/is not empty/)
    await expect(
      createBackup({ dataDir: at('none'), readFlows, out: at('out'), platformVersion: '', nowMs }),
    ).rejects.toThrow(/There is no data/)
  })
})

describe('a restore', () => {
  test('puts everything back, and the flows where it is told', async () => {
    await backUp()
    await restore({ flowsDir: at('flows-restored') })
    expect(await names(at('restored'))).toEqual([
      'node-red/flows_cred.json',
      'store/store.db',
      'stream/stream.db',
    ])
    expect(await names(at('flows-restored'))).toEqual(['tab.json'])
    expect(countIn(at('restored', 'store', 'store.db'))).toBe(1)
  })

  test.each([
    ['a changed byte', async (file: string) => writeFile(file, '{"a":{"password":"q"}}')],
    ['a shorter file', async (file: string) => truncate(file, 3)],
    ['a file that is gone', async (file: string) => rm(file)],
  ])('refuses %s, naming the file, before anything is written', async (_, damage) => {
    await backUp()
    await damage(at('backup', 'data', 'node-red', 'flows_cred.json'))
    await expect(restore()).rejects.toThrow(/data\/node-red\/flows_cred\.json/)
    expect(await names(at('restored'))).toEqual([])
  })

  test('refuses a log beside a database, which SQLite would read into it', async () => {
    await backUp()
    await writeFile(at('backup', 'data', 'store', 'store.db-wal'), 'x')
    await expect(restore()).rejects.toThrow(/store\.db-wal does not belong there/)
  })

  test.each([
    ['no manifest', undefined, /is no backup/],
    ['half a manifest', '{"format"', /is no backup/],
    ['a newer format', '{"format":"fleetloom-backup","version":9}', /has format 9/],
    [
      'a path that leads out of it',
      JSON.stringify({
        format: 'fleetloom-backup',
        version: 1,
        takenAt: '2026-11-21T12:00:00.000Z',
        platformVersion: '',
        files: [{ path: 'data/../../x', bytes: 1, sha256: '0'.repeat(64) }],
      }),
      /is damaged/,
    ],
  ])('refuses %s', async (_, text, message) => {
    await backUp()
    await rm(at('backup', manifestFile))
    if (text !== undefined) await writeFile(at('backup', manifestFile), text)
    await expect(restore()).rejects.toThrow(message)
  })

  test('refuses a folder with something in it; forced, it puts that aside', async () => {
    await backUp()
    await cp(at('data'), at('restored'), { recursive: true })
    await writeFile(at('restored', 'mine'), '')
    await expect(restore()).rejects.toThrow(/is not empty/)
    const { putAside } = await restore({ isForced: true })
    expect(putAside).toEqual([at('restored', 'before-restore-2026-11-21T12-00-00-000Z')])
    expect(await names(putAside[0] ?? '')).toContain('mine')
    expect(await readdir(at('restored'))).not.toContain('mine')
    expect(countIn(at('restored', 'store', 'store.db'))).toBe(1)
  })

  test('refuses, even forced, while a platform runs there', async () => {
    await backUp()
    await mkdir(at('restored', 'series'), { recursive: true })
    using lock = new DatabaseSync(at('restored', 'series', 'series.lock'))
    lock.exec('BEGIN EXCLUSIVE')
    await expect(restore({ isForced: true })).rejects.toThrow(/is running/)
    expect(await readdir(at('restored'))).toEqual(['series'])
  })

  test('forced, changes neither data nor flows when a single file is damaged', async () => {
    await backUp()
    await mkdir(at('restored'))
    await writeFile(at('restored', 'mine'), '')
    await writeFile(at('backup', 'flows', 'tab.json'), '[1]')
    await expect(restore({ isForced: true, flowsDir: at('flows') })).rejects.toThrow(/flows\/tab\.json/)
    expect(await readdir(at('restored'))).toEqual(['mine'])
    expect(await readFile(at('flows', 'tab.json'), 'utf8')).toBe('[]')
  })
})
