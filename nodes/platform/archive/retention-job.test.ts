import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../logger.ts'
import type { Store } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { type Archived, ArchivingStopped, type Due } from './archiver.ts'
import { dayMs, dayStart } from './days.ts'
import { holdCollection, holdsOf } from './holds.ts'
import { RetentionJob, retentionCollection, type RetentionState } from './retention-job.ts'

const done: Archived = { days: 1, readings: 5, files: 1, bytes: 100 }
let root: string
let store: Store
let nowMs: number
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'retention-'))
  store = await openSqliteStore({ directory: root })
  nowMs = Date.UTC(2026, 0, 1)
})
afterEach(async () => {
  await store.close()
  await rm(root, { recursive: true })
})

function jobOf(
  owner: string,
  run: (due: Due) => Promise<Archived>,
  restore = () => Promise.resolve(7),
): RetentionJob {
  return new RetentionJob({
    store,
    archiver: { run },
    restorer: { restore },
    async *organizations() {
      yield* await Promise.resolve(['acme', 'other'])
    },
    cutoffs: () => Promise.resolve(() => nowMs - 90 * dayMs),
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => undefined },
    log: silentLogger,
    owner,
  })
}

async function stateOf(orgId: string): Promise<RetentionState | undefined> {
  return (await store.organization(orgId).collection(retentionCollection).get('telemetry'))?.document
}

it('does nothing until something is due, then each organization once', async () => {
  const worked: string[] = []
  const job = jobOf('a', ({ orgId }) => {
    worked.push(orgId)
    return Promise.resolve(done)
  })
  await job.work()
  expect(worked).toEqual([])
  await job.makeAllDue()
  await job.work()
  await job.work()
  expect(worked.toSorted()).toEqual(['acme', 'other'])
  expect(await stateOf('acme')).toMatchObject({ done: { ...done, restored: 0 }, error: null, failures: 0 })
  expect(job.figures).toMatchObject({ runs: 2, failures: 0, readingsArchived: 10, bytesArchived: 200 })
})

it('makes up for a night that was slept through, and for no other', async () => {
  const worked: string[] = []
  const job = jobOf('a', ({ orgId }) => {
    worked.push(orgId)
    return Promise.resolve(done)
  })
  await job.makeDue('acme')
  await job.work()
  nowMs += dayMs / 2
  await job.makeAllDue(dayMs)
  await job.work()
  expect(worked).toEqual(['acme', 'other'])
})

it('lets one of two processes work on an organization, and the other take over when it has died', async () => {
  const { promise, resolve } = Promise.withResolvers<Archived>()
  const begun = Promise.withResolvers<undefined>()
  const worked: string[] = []
  const stuck = jobOf('stuck', async () => {
    worked.push('stuck')
    begun.resolve(undefined)
    return await promise
  })
  const other = jobOf('other', () => {
    worked.push('other')
    return Promise.resolve(done)
  })
  await stuck.makeDue('acme')
  const working = stuck.work()
  await begun.promise
  await other.work()
  expect(worked).toEqual(['stuck'])
  nowMs += 11 * 60_000
  await other.work()
  expect(worked).toEqual(['stuck', 'other'])
  resolve(done)
  await working
})

it('ends where another process has taken over', async () => {
  const asked: boolean[] = []
  const job = jobOf('slow', async ({ mayGoOn }) => {
    asked.push(await mayGoOn())
    nowMs += 11 * 60_000
    const states = store.organization('acme').collection(retentionCollection)
    await states.claim({}, { owner: 'other', nowMs, durationMs: 60_000 })
    asked.push(await mayGoOn())
    return done
  })
  await job.makeDue('acme')
  await job.work()
  expect(asked).toEqual([true, false])
})

it('tries again after a failure, less and less often, and says what failed', async () => {
  let isDown = true
  const job = jobOf('a', () => (isDown ? Promise.reject(new Error('bucket is gone')) : Promise.resolve(done)))
  await job.makeDue('acme')
  await job.work()
  expect(await stateOf('acme')).toMatchObject({
    error: 'bucket is gone',
    failures: 1,
    dueAtMs: nowMs + 60_000,
  })
  await job.work()
  expect(job.figures.failures).toBe(1)
  nowMs += 60_000
  await job.work()
  expect(await stateOf('acme')).toMatchObject({ failures: 2, dueAtMs: nowMs + 120_000 })
  isDown = false
  nowMs += 120_000
  await job.work()
  expect(await stateOf('acme')).toMatchObject({ error: null, failures: 0, done: { readings: 5 } })
})

it('stays due when it is stopped, which is no failure', async () => {
  const job = jobOf('a', ({ isStopping }) => {
    void job.stop()
    return isStopping?.() === true ? Promise.reject(new ArchivingStopped('stopped')) : Promise.resolve(done)
  })
  await job.makeDue('acme')
  await job.work()
  expect(job.figures.failures).toBe(0)
  const next = jobOf('b', () => Promise.resolve(done))
  await next.work()
  expect(next.figures.runs).toBe(1)
})

it('is due again when somebody asked while it was at work', async () => {
  let runs = 0
  const job = jobOf('a', async () => {
    runs += 1
    nowMs += 1
    if (runs === 1) await job.makeDue('acme')
    return done
  })
  await job.makeDue('acme')
  await job.work()
  await job.work()
  await job.work()
  expect(runs).toBe(2)
})

it('restores what was asked for, keeps it for so long, and forgets about it then', async () => {
  const holds = store.organization('acme').collection(holdCollection)
  const keepUntilMs = nowMs + 3 * dayMs
  await holds.insert({ id: '2025-09-06', day: '2025-09-06', state: 'requested', keepUntilMs })
  await holds.insert({
    id: '2025-09-07:d1',
    day: '2025-09-07',
    deviceId: 'd1',
    state: 'requested',
    keepUntilMs,
  })
  const kept: boolean[] = []
  const job = jobOf('a', ({ isKept }) => {
    kept.push(
      isKept('d1', dayStart('2025-09-06')),
      isKept('d1', dayStart('2025-09-07')),
      isKept('d2', dayStart('2025-09-07')),
    )
    return Promise.resolve(done)
  })
  await job.makeDue('acme')
  await job.work()
  expect(kept).toEqual([true, true, false])
  expect(job.figures.readingsRestored).toBe(14)
  expect(await holdsOf(store, 'acme')).toHaveLength(2)
  nowMs += 3 * dayMs
  await job.makeDue('acme')
  await job.work()
  expect(kept.slice(3)).toEqual([false, false, false])
  expect(await holdsOf(store, 'acme')).toEqual([])
})
