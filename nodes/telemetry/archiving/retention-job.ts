/** Retention at work: a job for each organization, which says when its readings are looked at next. */
import { z } from 'zod'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { CollectionSpec, Store } from '../../platform/store/port.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import {
  defineJob,
  dueAt,
  dueFields,
  type JobDefinition,
  type Next,
  type Work,
} from '../../platform/kit/jobs/job.ts'
import type { Archived, Archiver, Due } from './archiver.ts'
import { dayName } from './days.ts'
import { reasonOf } from '../../platform/archive/errors.ts'
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
  ...dueFields,
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** Of the last run that got through. */
  done: doneSchema.nullable(),
  /** What the last run failed with; null when it did not. */
  error: z.string().nullable(),
})
export type RetentionState = z.output<typeof retentionSchema>

export const retentionCollection: CollectionSpec<RetentionState> = {
  name: 'retention',
  audit: 'none',
  schema: retentionSchema,
  indexesEverywhere: [['dueAtMs']],
  version: 2,
  upcast: {
    // What was not due used to be due in 285,000 years.
    1: (state) => ({
      ...state,
      dueAtMs: state['dueAtMs'] === Number.MAX_SAFE_INTEGER ? null : state['dueAtMs'],
    }),
  },
}

export const neverRun: RetentionState = {
  id: 'telemetry',
  ...dueAt(null),
  startedAt: null,
  endedAt: null,
  done: null,
  error: null,
}

export interface RetentionJobParts {
  readonly store: Store
  readonly archiver: Pick<Archiver, 'run'>
  readonly restorer: Pick<Restorer, 'restore'>
  readonly organizations: () => AsyncIterable<string>
  /** What each device of the organization has measured before is past retention. */
  readonly cutoffs: (orgId: string) => Promise<Pick<Due, 'cutoffMs' | 'latestCutoffMs'>>
  readonly clock: Clock
  readonly log: Logger
  /** Has whoever works on retention look at what is due. */
  readonly wake: () => void
}

export interface RetentionFigures {
  runs: number
  failures: number
  readingsArchived: number
  bytesArchived: number
  readingsRestored: number
}

export const retentionJobName = 'retention'
const leaseMs = 10 * 60_000
const retry = { firstMs: 60_000, lastMs: 6 * 3_600_000 }

export class RetentionJob {
  readonly figures: RetentionFigures = {
    runs: 0,
    failures: 0,
    readingsArchived: 0,
    bytesArchived: 0,
    readingsRestored: 0,
  }
  readonly definition: JobDefinition<RetentionState>
  readonly #parts: RetentionJobParts

  constructor(parts: RetentionJobParts) {
    this.#parts = parts
    this.definition = defineJob({
      name: retentionJobName,
      collection: retentionCollection,
      of: 'organizations',
      leaseMs,
      // One organization after the other: each reads and writes as fast as it can.
      maxAtOnce: 1,
      retry,
      run: (work) => this.#workOn(work),
      failed: (state, error, nowMs) => ({ ...state, endedAt: toIsoTime(nowMs), error: reasonOf(error) }),
    })
  }

  /** Has one organization looked at as soon as somebody has time. */
  async makeDue(orgId: string): Promise<void> {
    const dueAtMs = this.#parts.clock.nowMs()
    const states = this.#parts.store.organization(orgId).collection(retentionCollection)
    const updated = await states.update(neverRun.id, (state) => ({ ...state, dueAtMs }))
    if (updated.kind === 'missing') await states.insert({ ...neverRun, dueAtMs })
    this.#parts.wake()
  }

  /** Has all organizations looked at that were not for so long. */
  async makeAllDue(untouchedMs = 0): Promise<void> {
    const { clock, organizations, store } = this.#parts
    for await (const orgId of organizations()) {
      const found = await store.organization(orgId).collection(retentionCollection).get(neverRun.id)
      const lastMs = Date.parse(found?.document.endedAt ?? '1970-01-01T00:00:00Z')
      const sinceMs = clock.nowMs() - lastMs
      // A last run that is ahead of now was noted by a clock that has been set right since.
      if (sinceMs < 0 || sinceMs >= untouchedMs) await this.makeDue(orgId)
    }
  }

  async #workOn(work: Work<RetentionState>): Promise<Next<RetentionState>> {
    const { clock, log } = this.#parts
    const { orgId, signal } = work
    const startedAt = toIsoTime(clock.nowMs())
    await work.save((state) => ({ ...state, startedAt }))
    const askedAtMs = work.document.dueAtMs
    try {
      const done = await this.#run(orgId, signal)
      this.figures.runs += 1
      if (done.readings + done.restored > 0)
        log.info({ orgId, ...done }, 'Readings past retention were archived')
      const endedAt = toIsoTime(clock.nowMs())
      // Somebody may have asked again meanwhile.
      const nextDue = ({ dueAtMs }: RetentionState): number | null => (dueAtMs === askedAtMs ? null : dueAtMs)
      return (state) => ({ ...state, endedAt, done, error: null, dueAtMs: nextDue(state) })
    } catch (error) {
      if (!signal.aborted) this.figures.failures += 1
      throw error
    }
  }

  async #run(orgId: string, signal: AbortSignal): Promise<RetentionState['done'] & object> {
    const { archiver, clock, restorer, store } = this.#parts
    const holds = await holdsOf(store, orgId)
    const restored = await this.#restore(orgId, holds, restorer, signal)
    const byId = new Map(holds.map((hold) => [hold.id, hold]))
    const cutoffs = await this.#parts.cutoffs(orgId)
    const done: Archived = await archiver.run({
      orgId,
      ...cutoffs,
      isKept: (deviceId, day) => isHeld(byId, deviceId, dayName(day), clock.nowMs()),
      isStopping: () => signal.aborted,
      mayGoOn: () => Promise.resolve(!signal.aborted),
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
    signal: AbortSignal,
  ): Promise<number> {
    let restored = 0
    for (const hold of holds) {
      if (hold.state !== 'requested' || hold.keepUntilMs <= this.#parts.clock.nowMs()) continue
      if (signal.aborted) break
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
