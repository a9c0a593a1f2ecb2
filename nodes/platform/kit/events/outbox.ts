/**
 * What is done to the world outside (a command published, a webhook, a mail, a charge, an access code): each effect is a
 * document with an idempotency key, sent by a job. So a restart shows what was done and what was not, and what is asked for
 * twice is done once, as far as whoever gets it knows the key.
 */
import { z } from 'zod'
import type { Backoff } from '../../backoff.ts'
import type { Clock } from '../../clock.ts'
import type { CollectionSpec, Store } from '../../store/port.ts'
import { defineJob, dueAt, dueFields, type JobDefinition } from '../jobs/job.ts'
import type { Jobs, RunningJob } from '../jobs/jobs.ts'

export const effectStates = ['waiting', 'sent', 'failed'] as const

const effectSchema = z.strictObject({
  /** The idempotency key: the id of the event that it follows from and what it is, say. */
  id: z.string(),
  kind: z.string(),
  data: z.json(),
  state: z.enum(effectStates),
  ...dueFields,
  /** Epoch milliseconds, as are the others. */
  createdAtMs: z.number(),
  /** When it was sent, or given up. */
  endedAtMs: z.number().nullable(),
  /** What the last try failed with. */
  error: z.string().nullable(),
  /** What the world answered: a provider's id, say. */
  receipt: z.json(),
})
export type EffectDocument = z.output<typeof effectSchema>

export const outboxCollection: CollectionSpec<EffectDocument> = {
  name: 'outbox',
  audit: 'none',
  schema: effectSchema,
  indexes: [['kind', 'createdAtMs'], ['endedAtMs']],
  indexesEverywhere: [['dueAtMs']],
}

export interface Effect<D> {
  readonly orgId: string
  /** To be handed to whoever gets it, where it takes one. */
  readonly id: string
  readonly data: D
  readonly attempt: number
  readonly signal: AbortSignal
}

/** One kind of effect; its name is stored, so it stays as it is for good. */
export interface EffectKind<D extends z.core.util.JSONType = z.core.util.JSONType> {
  readonly kind: string
  readonly data: z.ZodType<D>
  readonly retry: Backoff & { readonly maxTries?: number }
  /** How many are sent at a time; default 10. */
  readonly maxAtOnce?: number
  /** How long one may take without a sign of life of its instance; default 30 s. */
  readonly leaseMs?: number
  /** Resolves when the world has it, with what is worth keeping of the answer. Throwing has it sent again. */
  send(effect: Effect<D>): Promise<z.core.util.JSONType>
}

export interface NewEffect<D> {
  readonly orgId: string
  readonly id: string
  readonly data: D
  /** Not to be sent before, epoch milliseconds. */
  readonly notBeforeMs?: number
}

export interface Outbox {
  /** Resolves when it is durable; false when there was one of this id already, which stays as it is. */
  put<D extends z.core.util.JSONType>(
    kind: Pick<EffectKind<D>, 'kind'>,
    effect: NewEffect<D>,
  ): Promise<boolean>
  /** Sends effects of this kind. */
  start<D extends z.core.util.JSONType>(kind: EffectKind<D>): RunningJob
  /** Forgets what ended before; resolves with how many. */
  sweep(orgId: string, beforeMs: number): Promise<number>
}

export interface OutboxParts {
  readonly store: Store
  readonly jobs: Jobs
  readonly clock: Pick<Clock, 'nowMs'>
}

const jobName = (kind: string): string => `outbox ${kind}`

export function openOutbox({ clock, jobs, store }: OutboxParts): Outbox {
  const of = (orgId: string) => store.organization(orgId).collection(outboxCollection)
  return {
    async put({ kind }, { orgId, id, data, notBeforeMs }) {
      const nowMs = clock.nowMs()
      const outcome = await of(orgId).insert({
        id,
        kind,
        data,
        state: 'waiting',
        ...dueAt(notBeforeMs ?? nowMs),
        createdAtMs: nowMs,
        endedAtMs: null,
        error: null,
        receipt: null,
      })
      if (outcome.kind === 'duplicate') return false
      jobs.wake(jobName(kind))
      return true
    },
    start: (kind) => jobs.start(sendingJob(kind, clock)),
    sweep: (orgId, beforeMs) => of(orgId).removeMany({ endedAtMs: { $gt: 0, $lt: beforeMs } }),
  }
}

function sendingJob<D extends z.core.util.JSONType>(
  effectKind: EffectKind<D>,
  clock: Pick<Clock, 'nowMs'>,
): JobDefinition<EffectDocument> {
  const { data: schema, kind, leaseMs = 30_000, maxAtOnce = 10, retry } = effectKind
  return defineJob<EffectDocument>({
    name: jobName(kind),
    collection: outboxCollection,
    of: 'organizations',
    where: { kind },
    leaseMs,
    maxAtOnce,
    retry,
    async run({ attempt, document, orgId, signal }) {
      const receipt = await effectKind.send({
        orgId,
        id: document.id,
        data: schema.parse(document.data),
        attempt,
        signal,
      })
      const endedAtMs = clock.nowMs()
      return (effect) => ({ ...effect, state: 'sent', dueAtMs: null, endedAtMs, receipt, error: null })
    },
    failed: (effect, error) => ({ ...effect, error: error.message.slice(0, 2000) }),
    givenUp: (effect) => ({ ...effect, state: 'failed', endedAtMs: clock.nowMs() }),
  })
}
