/**
 * Retention at work: each organization has a document that says when its readings are looked at next. Whoever claims it
 * does the work, so that of several processes one works on an organization, and another takes over when it dies.
 */
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Logger } from '../logger.ts'
import type { CollectionSpec, Store } from '../store/port.ts'
import { type Archived, type Archiver, ArchivingStopped } from './archiver.ts'
import { dayName } from './days.ts'
import { reasonOf } from './errors.ts'
import { type Hold, holdCollection, holdsOf, isHeld } from './holds.ts'
import type { Restorer } from './restorer.ts'

const doneSchema = z.strictObject({
  days: z.int(),
  readings: z.int(),
  files: z.int(),
  bytes: z.int(),
  restored: z.int(),
})

const retentionSchema = z.strictObject({
  id: z.literal('telemetry'),
  /** When it is looked at next, epoch milliseconds. */
  dueAtMs: z.number(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** Of the last run that got through. */
  done: doneSchema.nullable(),
  /** What the last run failed with; null when it did not. */
  error: z.string().nullable(),
  /** Runs that have failed since one got through. */
  failures: z.int(),
})
export type RetentionState = z.output<typeof retentionSchema>

export const retentionCollection: CollectionSpec<RetentionState> = {
  name: 'retention',
  schema: retentionSchema,
  indexes: [['dueAtMs']],
}

export const neverRun: RetentionState = {
  id: 'telemetry',
  dueAtMs: Number.MAX_SAFE_INTEGER,
  startedAt: null,
  endedAt: null,
  done: null,
  error: null,
  failures: 0,
}

export interface RetentionJobParts {
  readonly store: Store
  readonly archiver: Pick<Archiver, 'run'>
  readonly restorer: Pick<Restorer, 'restore'>
  readonly organizations: () => AsyncIterable<string>
  /** What each device of the organization has measured before is past retention. */
  readonly cutoffs: (orgId: string) => Promise<(deviceId: string) => number>
  readonly clock: Clock
  readonly log: Logger
  /** Names this process among those that share the store. */
  readonly owner: string
}

export interface RetentionFigures {
  runs: number
  failures: number
  readingsArchived: number
  bytesArchived: number
  readingsRestored: number
}

const leaseMs = 10 * 60_000
const firstRetryMs = 60_000
const lastRetryMs = 6 * 3_600_000

export class RetentionJob {
  readonly figures: RetentionFigures = {
    runs: 0,
    failures: 0,
    readingsArchived: 0,
    bytesArchived: 0,
    readingsRestored: 0,
  }
  readonly #parts: RetentionJobParts
  #working: Promise<void> | undefined
  #isStopping = false

  constructor(parts: RetentionJobParts) {
    this.#parts = parts
  }

  /** Has one organization looked at as soon as somebody has time. */
  async makeDue(orgId: string): Promise<void> {
    const dueAtMs = this.#parts.clock.nowMs()
    const states = this.#parts.store.organization(orgId).collection(retentionCollection)
    const updated = await states.update(neverRun.id, (state) => ({ ...state, dueAtMs }))
    if (updated.kind === 'missing') await states.insert({ ...neverRun, dueAtMs })
  }

  /** Has all organizations looked at that were not for so long. */
  async makeAllDue(untouchedMs = 0): Promise<void> {
    const { clock, organizations, store } = this.#parts
    for await (const orgId of organizations()) {
      const found = await store.organization(orgId).collection(retentionCollection).get(neverRun.id)
      const lastMs = Date.parse(found?.document.endedAt ?? '1970-01-01T00:00:00Z')
      if (clock.nowMs() - lastMs >= untouchedMs) await this.makeDue(orgId)
    }
  }

  /** Works on what is due, one organization after the other; returns at once when that is under way already. */
  async work(): Promise<void> {
    if (this.#isStopping) return
    this.#working ??= this.#workOnAll().finally(() => {
      this.#working = undefined
    })
    await this.#working
  }

  /** Resolves when the device or file under way is done; what is left goes on at the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#working?.catch(() => undefined)
  }

  async #workOnAll(): Promise<void> {
    const { clock, store } = this.#parts
    const due = await store.everywhere(
      retentionCollection,
      { dueAtMs: { $lte: clock.nowMs() } },
      { limit: 100, sort: [{ path: 'dueAtMs', direction: 'ascending' }] },
    )
    for (const { orgId } of due.items) {
      if (this.#isStopping) return
      if (await this.#claim(orgId)) await this.#workOn(orgId)
    }
  }

  async #claim(orgId: string): Promise<boolean> {
    const { clock, owner, store } = this.#parts
    const nowMs = clock.nowMs()
    const claimed = await store
      .organization(orgId)
      .collection(retentionCollection)
      .claim({ id: neverRun.id, dueAtMs: { $lte: nowMs } }, { owner, nowMs, durationMs: leaseMs })
    return claimed.length > 0
  }

  async #workOn(orgId: string): Promise<void> {
    const { clock, log, owner, store } = this.#parts
    const states = store.organization(orgId).collection(retentionCollection)
    const startedAt = isoOf(clock.nowMs())
    const before = (await states.get(neverRun.id))?.document ?? neverRun
    const askedAtMs = before.dueAtMs
    const nextState = (current: RetentionState, change: Partial<RetentionState>): RetentionState => ({
      ...current,
      startedAt,
      endedAt: isoOf(clock.nowMs()),
      // Somebody may have asked again meanwhile.
      dueAtMs: current.dueAtMs === askedAtMs ? Number.MAX_SAFE_INTEGER : current.dueAtMs,
      ...change,
    })
    try {
      const done = await this.#run(orgId)
      this.figures.runs += 1
      await states.update(neverRun.id, (current) => nextState(current, { done, error: null, failures: 0 }))
      if (done.readings + done.restored > 0)
        log.info({ orgId, ...done }, 'Readings past retention were archived')
    } catch (error) {
      // It stays due.
      if (error instanceof ArchivingStopped) return
      this.figures.failures += 1
      const failures = before.failures + 1
      const dueAtMs = clock.nowMs() + Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 10))
      await states.update(neverRun.id, (current) =>
        nextState(current, { dueAtMs, error: reasonOf(error), failures }),
      )
      log.warn(
        { err: error, orgId, failures },
        'Archiving has failed; nothing is removed that was not verified',
      )
    } finally {
      await states.release(neverRun.id, owner)
    }
  }

  async #run(orgId: string): Promise<RetentionState['done'] & object> {
    const { archiver, clock, restorer, store } = this.#parts
    const holds = await holdsOf(store, orgId)
    const restored = await this.#restore(orgId, holds, restorer)
    const byId = new Map(holds.map((hold) => [hold.id, hold]))
    const cutoffs = await this.#parts.cutoffs(orgId)
    let claimedAtMs = clock.monotonicMs()
    const done: Archived = await archiver.run({
      orgId,
      cutoffMs: cutoffs,
      isKept: (deviceId, day) => isHeld(byId, deviceId, dayName(day), clock.nowMs()),
      isStopping: () => this.#isStopping,
      mayGoOn: async () => {
        if (this.#isStopping) return false
        if (clock.monotonicMs() - claimedAtMs < leaseMs / 3) return true
        claimedAtMs = clock.monotonicMs()
        await store
          .organization(orgId)
          .collection(retentionCollection)
          .release(neverRun.id, this.#parts.owner)
        return await this.#claim(orgId)
      },
    })
    this.figures.readingsArchived += done.readings
    this.figures.bytesArchived += done.bytes
    this.figures.readingsRestored += restored
    await this.#dropExpired(orgId, holds)
    return { ...done, restored }
  }

  async #restore(
    orgId: string,
    holds: readonly Hold[],
    restorer: Pick<Restorer, 'restore'>,
  ): Promise<number> {
    let restored = 0
    for (const hold of holds) {
      if (hold.state !== 'requested' || hold.keepUntilMs <= this.#parts.clock.nowMs()) continue
      if (this.#isStopping) break
      restored += await restorer.restore(orgId, hold)
    }
    return restored
  }

  async #dropExpired(orgId: string, holds: readonly Hold[]): Promise<void> {
    const collection = this.#parts.store.organization(orgId).collection(holdCollection)
    for (const { id, keepUntilMs } of holds)
      if (keepUntilMs <= this.#parts.clock.nowMs()) await collection.remove(id)
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString()
