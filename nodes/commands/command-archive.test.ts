import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFileArchive } from '../../engines/archive/file.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { Archive } from '../platform/archive/port.ts'
import { ArchiveUnavailable } from '../platform/archive/errors.ts'
import { noEvents } from '../platform/kit/events/event.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { commandCollection, type CommandDocument } from './command.ts'
import { CommandArchive } from './command-archive.ts'
import type { CommandQuery } from './command-log.ts'
import { Commands } from './command-service.ts'
import { sweepLog } from './sweep-log.ts'

const startMs = Date.UTC(2026, 2, 1, 12)
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const world = useInstances(startMs)
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let objects: Archive
let isAway: boolean
let archive: CommandArchive
let commands: Commands

beforeEach(async () => {
  folder = await temporaryDirectory()
  objects = await openFileArchive(folder.path)
  isAway = false
  const reachable = {
    get: (key: string) => objects.get(key),
    put: (key: string, content: Uint8Array) => objects.put(key, content),
    list(prefix: string) {
      if (isAway) throw new ArchiveUnavailable('the disk is away', undefined)
      return objects.list(prefix)
    },
  }
  archive = new CommandArchive(reachable, world.clock)
  const record = aRecord(aClass({ commands: [{ name: 'blink' }] }), aDevice())
  const directory = { lookup: (id: string) => (id === 'd1' ? record : undefined) }
  const live = { hasWatchers: () => false, isWatched: () => false, publish: () => undefined }
  // oxlint-disable-next-line no-unsafe-type-assertion -- the log is only read here
  const parts = { ...world.open('one'), archive, directory, live } as unknown as ConstructorParameters<
    typeof Commands
  >[0]
  commands = new Commands(parts)
})
afterEach(async () => {
  await objects.close()
  await folder.remove()
})

const logged = (orgId = 'acme') => world.store.organization(orgId).collection(commandCollection)
const note = async (
  id: string,
  createdAtMs: number,
  changes: Partial<CommandDocument> = {},
): Promise<void> => {
  await logged().insert({
    id,
    deviceId: 'd1',
    action: 'blink',
    value: null,
    field: null,
    source: 'api',
    requestedBy: 'ada',
    status: 'acknowledged',
    whenOffline: 'retry',
    ackTimeoutMs: 30_000,
    maxAttempts: 3,
    backoffMs: 0,
    attempts: [{ atMs: createdAtMs, outcome: 'acknowledged' }],
    createdAtMs,
    order: createdAtMs,
    sentAtMs: createdAtMs,
    acknowledgedAtMs: createdAtMs,
    endedAtMs: createdAtMs,
    expiresAtMs: null,
    errorMessage: null,
    deviceResponse: { status: 'ok' },
    lateAcknowledgments: [],
    askedByNode: null,
    bulkId: null,
    wentAtOnceTo: null,
    dueAtMs: null,
    failures: 0,
    ...noEvents,
    ...changes,
  })
}
const sweep = (): Promise<void> => sweepLog({ archive, store: world.store }, 'acme', world.clock.nowMs())
const listed = async (query: Partial<CommandQuery> = {}): Promise<readonly string[]> => {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await commands.list('acme', 'd1', {
      limit: 7,
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
    })
    ids.push(...(page?.items ?? []).map(({ id }) => id))
    cursor = page?.nextCursor
  } while (cursor !== undefined)
  return ids
}

describe('the log of commands', () => {
  test('goes to the archive by whole days after 30 days, and is read from both as one', async () => {
    const ids = Array.from({ length: 40 }, (_, day) => `c${String(day).padStart(2, '0')}`)
    for (const [day, id] of ids.entries()) await note(id, startMs - day * dayMs)
    await note('elsewhere', startMs - 35 * dayMs, { deviceId: 'd2' })
    await sweep()
    expect(await logged().count()).toBe(31)
    expect(await listed()).toEqual(ids)
    expect(await listed({ limit: 31 })).toEqual(ids)
    expect(await listed({ limit: 1000 })).toEqual(ids)
  })

  test('is searched in the archive as it was before', async () => {
    for (let hour = 0; hour < 10; hour += 1)
      await note(`c${hour}`, startMs - 40 * dayMs - hour * hourMs, {
        status: hour % 2 === 0 ? 'acknowledged' : 'timeout',
      })
    await sweep()
    const at = (hour: number): string => new Date(startMs - 40 * dayMs - hour * hourMs).toISOString()
    expect(await listed({ status: 'timeout' })).toEqual(['c1', 'c3', 'c5', 'c7', 'c9'])
    expect(await listed({ from: at(5), to: at(2) })).toEqual(['c3', 'c4', 'c5'])
    expect(await listed({ source: 'schedule' })).toEqual([])
    const [first] = (await commands.list('acme', 'd1', { limit: 1 }))?.items ?? []
    expect(first).toMatchObject({ id: 'c0', requestedBy: 'ada', deviceResponse: { status: 'ok' } })
  })

  test('has each once where a sweep died between archive and log', async () => {
    await note('c1', startMs - 40 * dayMs)
    const [stored] = (await logged().find()).items
    if (stored === undefined) throw new Error('nothing noted')
    await archive.keep('acme', [stored.document])
    await note('c2', startMs - 40 * dayMs + 1)
    await sweep()
    expect(await listed()).toEqual(['c2', 'c1'])
  })

  test('keeps what is not over, and what another organization has to itself', async () => {
    await note('open', startMs - 40 * dayMs, { status: 'pending', endedAtMs: null, dueAtMs: startMs + dayMs })
    await note('over', startMs - 40 * dayMs)
    await sweep()
    expect((await logged().find()).items.map(({ document }) => document.id)).toEqual(['open'])
    expect((await archive.page('other', 'd1', { limit: 10 }, { atMs: startMs, id: '' })).items).toEqual([])
  })

  test('answers without the archive while that is away, and says so to who wants more', async () => {
    await note('new', startMs)
    isAway = true
    const page = await commands.list('acme', 'd1', { limit: 10 })
    expect(page?.items.map(({ id }) => id)).toEqual(['new'])
    await expect(commands.list('acme', 'd1', { limit: 10, cursor: page?.nextCursor })).rejects.toBeInstanceOf(
      ArchiveUnavailable,
    )
    await expect(sweep()).resolves.toBeUndefined()
  })
})
