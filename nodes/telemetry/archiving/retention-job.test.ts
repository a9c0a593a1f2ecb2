import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../platform/logger.ts'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import { type Archived, ArchivingStopped, type Due } from './archiver.ts'
import { dayMs, dayStart } from './days.ts'
import { holdCollection, holdsOf } from './holds.ts'
import { virtualClock, type VirtualClock } from '../../platform/testing/virtual-clock.fixture.ts'
import { JobRunner } from '../../platform/kit/jobs/runner.ts'
import { RetentionJob, retentionCollection, type RetentionState } from './retention-job.ts'

const done: Archived = { days: 1, readings: 5, files: 1, bytes: 100 }
let root: string
let store: Store
let clock: VirtualClock
let stopping: JobRunner<RetentionState>[]
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'retention-'))
  store = await openSqliteStore({ directory: root })
  clock = virtualClock(Date.UTC(2026, 0, 1))
  stopping = []
})
afterEach(async () => {
  await Promise.all(stopping.map((runner) => runner.stop()))
  await store.close()
  await rm(root, { recursive: true })
})

function jobOf(run: (due: Due) => Promise<Archived>, restore = () => Promise.resolve(7)): RetentionJob {
  return new RetentionJob({
    store,
    archiver: { run },
    restorer: { restore },
    async *organizations() {
      yield* await Promise.resolve(['acme', 'other'])
    },
    cutoffs: () => {
      const cutoffMs = clock.nowMs() - 90 * dayMs
      return Promise.resolve({ cutoffMs: () => cutoffMs, latestCutoffMs: cutoffMs })
    },
    clock,
    log: silentLogger,
    wake: () => undefined,
  })
}

function startWorking(job: RetentionJob): JobRunner<RetentionState> {
  const parts = { store, clock, log: silentLogger, instance: String(stopping.length), random: () => 1 }
  const runner = new JobRunner(job.definition, parts)
  stopping.push(runner)
  runner.start()
  return runner
}

/** Works on what is due, as long as there is something. */
async function work(job: RetentionJob): Promise<void> {
  const runner = startWorking(job)
  await runner.whenIdle()
  await runner.stop()
}

async function stateOf(orgId: string): Promise<RetentionState | undefined> {
  return (await store.organization(orgId).collection(retentionCollection).get('telemetry'))?.document
}

it('does nothing until something is due, then each organization once', async () => {
  const worked: string[] = []
  const job = jobOf(({ orgId }) => {
    worked.push(orgId)
    return Promise.resolve(done)
  })
  await work(job)
  expect(worked).toEqual([])
  await job.makeAllDue()
  await work(job)
  await work(job)
  expect(worked.toSorted()).toEqual(['acme', 'other'])
  expect(await stateOf('acme')).toMatchObject({ done: { ...done, restored: 0 }, error: null, failures: 0 })
  expect(job.figures).toMatchObject({ runs: 2, failures: 0, readingsArchived: 10, bytesArchived: 200 })
})

it('makes up for a night that was slept through, and for no other', async () => {
  const worked: string[] = []
  const job = jobOf(({ orgId }) => {
    worked.push(orgId)
    return Promise.resolve(done)
  })
  await job.makeDue('acme')
  await work(job)
  await clock.pass(dayMs / 2)
  await job.makeAllDue(dayMs)
  await work(job)
  expect(worked).toEqual(['acme', 'other'])
})

it('lets one of two processes work on an organization, for as long as it takes', async () => {
  const { promise, resolve } = Promise.withResolvers<Archived>()
  const worked: string[] = []
  const slow = jobOf(() => {
    worked.push('slow')
    return promise
  })
  const other = jobOf(() => {
    worked.push('other')
    return Promise.resolve(done)
  })
  await slow.makeDue('acme')
  startWorking(slow)
  await clock.pass(1)
  startWorking(other)
  await clock.pass(60 * 60_000)
  resolve(done)
  await clock.pass(60 * 60_000)
  expect(worked).toEqual(['slow'])
  expect(await stateOf('acme')).toMatchObject({ done: { readings: 5 }, error: null })
})

it('ends where another process has taken over', async () => {
  const asked: boolean[] = []
  const job = jobOf(async ({ mayGoOn }) => {
    asked.push(await mayGoOn())
    const states = store.organization('acme').collection(retentionCollection)
    // By a clock that is ahead by as much as this lease, and no longer than one is believed.
    const lease = { owner: 'other', nowMs: clock.nowMs() + 10 * 60_000, durationMs: 60_000 }
    await states.claim({}, lease)
    await new Promise((resolve) => clock.after(10 * 60_000, () => resolve(undefined)))
    asked.push(await mayGoOn())
    return done
  })
  await job.makeDue('acme')
  startWorking(job)
  await clock.pass(10 * 60_000)
  expect(asked).toEqual([true, false])
  expect(await stateOf('acme')).toMatchObject({ done: null })
})

it('tries again after a failure, less and less often, and says what failed', async () => {
  let isDown = true
  const job = jobOf(() => (isDown ? Promise.reject(new Error('bucket is gone')) : Promise.resolve(done)))
  await job.makeDue('acme')
  await work(job)
  expect(await stateOf('acme')).toMatchObject({
    error: 'bucket is gone',
    failures: 1,
    dueAtMs: clock.nowMs() + 60_000,
  })
  await work(job)
  expect(job.figures.failures).toBe(1)
  await clock.pass(60_000)
  await work(job)
  expect(await stateOf('acme')).toMatchObject({ failures: 2, dueAtMs: clock.nowMs() + 120_000 })
  isDown = false
  await clock.pass(120_000)
  await work(job)
  expect(await stateOf('acme')).toMatchObject({ error: null, failures: 0, done: { readings: 5 } })
})

it('stays due when it is stopped, which is no failure', async () => {
  const job = jobOf(({ isStopping }) => {
    for (const runner of stopping) void runner.stop()
    return isStopping?.() === true ? Promise.reject(new ArchivingStopped('stopped')) : Promise.resolve(done)
  })
  await job.makeDue('acme')
  await work(job)
  expect(job.figures.failures).toBe(0)
  const next = jobOf(() => Promise.resolve(done))
  await work(next)
  expect(next.figures.runs).toBe(1)
})

it('is due again when somebody asked while it was at work', async () => {
  let runs = 0
  const job = jobOf(async () => {
    runs += 1
    await clock.pass(1)
    if (runs === 1) await job.makeDue('acme')
    return done
  })
  await job.makeDue('acme')
  await work(job)
  expect(runs).toBe(2)
})

it('restores what was asked for, keeps it for so long, and forgets about it then', async () => {
  const holds = store.organization('acme').collection(holdCollection)
  const keepUntilMs = clock.nowMs() + 3 * dayMs
  await holds.insert({ id: '2025-09-06', day: '2025-09-06', state: 'requested', keepUntilMs })
  await holds.insert({
    id: '2025-09-07:d1',
    day: '2025-09-07',
    deviceId: 'd1',
    state: 'requested',
    keepUntilMs,
  })
  const kept: boolean[] = []
  const job = jobOf(({ isKept }) => {
    kept.push(
      isKept('d1', dayStart('2025-09-06')),
      isKept('d1', dayStart('2025-09-07')),
      isKept('d2', dayStart('2025-09-07')),
    )
    return Promise.resolve(done)
  })
  await job.makeDue('acme')
  await work(job)
  expect(kept).toEqual([true, true, false])
  expect(job.figures.readingsRestored).toBe(14)
  expect(await holdsOf(store, 'acme')).toHaveLength(2)
  await clock.pass(3 * dayMs)
  await job.makeDue('acme')
  await work(job)
  expect(kept.slice(3)).toEqual([false, false, false])
  expect(await holdsOf(store, 'acme')).toEqual([])
})
