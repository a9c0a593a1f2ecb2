/**
 * Timers that outlive the process: each is a document of its organization, and rings at its time, or as soon after it as
 * there is somebody to hear it, at least once. Whoever hears it must bear hearing it twice.
 */
import { z } from 'zod'
import type { CollectionSpec, Store } from '../../store/port.ts'
import type { Reckoning } from '../../clock.ts'
import { defineJob, dueAt, dueFields } from './job.ts'
import type { Jobs, RunningJob } from './jobs.ts'
import { movedTime, reckoningSchema } from './reckoned.ts'

const timerSchema = z.strictObject({
  id: z.string(),
  /** What rings. */
  kind: z.string(),
  data: z.json(),
  reckoned: reckoningSchema.optional(),
  ...dueFields,
})
type TimerDocument = z.output<typeof timerSchema>

export const timerCollection: CollectionSpec<TimerDocument> = {
  name: 'timers',
  audit: 'none',
  schema: timerSchema,
  indexesEverywhere: [['dueAtMs']],
}

/** A timer that rings. */
export interface Ringing<D> {
  readonly orgId: string
  /** Names the timer within its organization, and with `dueAtMs` the ringing: the key of its effects. */
  readonly id: string
  /** When it was to ring, epoch milliseconds. */
  readonly dueAtMs: number
  readonly data: D
  /** 1 the first time. */
  readonly attempt: number
  readonly signal: AbortSignal
}

/** One kind of timer; its name is stored, so it stays as it is for good. */
export interface TimerKind<D extends z.core.util.JSONType = z.core.util.JSONType> {
  readonly kind: string
  readonly data: z.ZodType<D>
  /** Throwing has it ring again, with backoff. Returns when it rings next, epoch milliseconds, or nothing. */
  ring(ringing: Ringing<D>): Promise<number | undefined>
}

export interface NewTimer<D> {
  readonly orgId: string
  /** Setting the same id again moves the timer. */
  readonly id: string
  readonly dueAtMs: number
  readonly data: D
  /** For one that rings after so long, and not at a time: by which clock that was reckoned. */
  readonly reckoned?: Reckoning
}

export interface Timers {
  /** Resolves when it is durable. */
  set<D extends z.core.util.JSONType>(kind: Pick<TimerKind<D>, 'kind'>, timer: NewTimer<D>): Promise<void>
  /** False when there is none by now. One that rings at this moment goes on ringing. */
  cancel(orgId: string, id: string): Promise<boolean>
  /** Hears the timers of these kinds, and no others. */
  start<D extends z.core.util.JSONType>(kinds: readonly TimerKind<D>[]): RunningJob
}

const name = 'timers'
/** How long a timer in hand of an instance that has died is held up. */
const leaseMs = 2000
const maxAtOnce = 500
const retry = { firstMs: 500, lastMs: 60_000 }

export function openTimers({ jobs, store }: { readonly jobs: Jobs; readonly store: Store }): Timers {
  const timersOf = (orgId: string) => store.organization(orgId).collection(timerCollection)
  return {
    async set({ kind }, { orgId, ...timer }) {
      await timersOf(orgId).upsert({ kind, ...timer, ...dueAt(timer.dueAtMs) })
      jobs.wake(name)
    },
    cancel: (orgId, id) => timersOf(orgId).remove(id),
    start(kinds) {
      const byName = new Map(kinds.map((kind) => [kind.kind, kind]))
      const job = defineJob<TimerDocument>({
        name,
        collection: timerCollection,
        of: 'organizations',
        where: { kind: { $in: [...byName.keys()] } },
        leaseMs,
        maxAtOnce,
        retry,
        moved: (timer, byMs) => ({ ...timer, dueAtMs: movedTime(timer.dueAtMs, byMs) }),
        async run({ attempt, document, orgId, signal }) {
          const { data, id, kind } = document
          const rung = document.dueAtMs ?? 0
          const heard = byName.get(kind)
          if (heard === undefined) throw new Error(`nobody hears timers of the kind ${kind}`)
          const nextMs = await heard.ring({
            orgId,
            id,
            data: heard.data.parse(data),
            dueAtMs: rung,
            attempt,
            signal,
          })
          return (current) => {
            // It was set anew while it rang.
            if (current.dueAtMs !== rung) return current
            return nextMs === undefined ? undefined : { ...current, dueAtMs: nextMs, reckoned: undefined }
          }
        },
      })
      return jobs.start(job)
    },
  }
}
