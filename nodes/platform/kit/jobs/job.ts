/**
 * A job is work that is due: documents of a collection, each with the time when somebody has to look at it next.
 *
 * The document is the work. It says when (`dueAtMs`), how often it has failed (`failures`), and whatever the job needs to
 * know; so a restart, a second instance or a kill between any two steps leaves something that goes on by itself. Each is
 * worked on by one instance at a time, under a lease that is renewed as long as it takes, and at least once: `run` must
 * bear being begun again, which an idempotency key of the effect (the document's id, say) gives.
 */
import { z } from 'zod'
import type { Backoff } from '../../backoff.ts'
import type { CollectionSpec, Document, Filter } from '../../store/port.ts'
import type { Moved, Reckoned } from './reckoned.ts'

/** Null when nothing is to be done. */
export const dueFields = {
  /** When somebody looks at it next, epoch milliseconds; null when nobody has to. */
  dueAtMs: z.number().nullable(),
  /** Tries that have failed since one got through. */
  failures: z.int().min(0),
}

export interface DueDocument extends Document, Reckoned {
  readonly dueAtMs: number | null
  readonly failures: number
}

/** What is due from the beginning. */
export const dueAt = (dueAtMs: number | null): { readonly dueAtMs: number | null; readonly failures: 0 } => ({
  dueAtMs,
  failures: 0,
})

/** One document in hand. */
export interface Work<T> {
  /** Whose it is; '' when it is nobody's. */
  readonly orgId: string
  /** As it was claimed, or last saved. */
  readonly document: T
  /** 1 the first time. */
  readonly attempt: number
  /** Aborted when the instance stops or another has taken the document over: what is not done yet is to be left. */
  readonly signal: AbortSignal
  /**
   * Writes down how far it is. Resolves with what is stored now; undefined when another has taken over, or the document
   * is gone. `change` may run more than once and must be pure.
   */
  save(change: (document: T) => T): Promise<T | undefined>
}

/**
 * What becomes of the document when its work is done: usually a later `dueAtMs`, or null; undefined removes it. It is
 * given the document as it is by then, which others may have changed, may run more than once and must be pure.
 */
export type Next<T> = (current: T) => T | undefined

export interface JobDefinition<T extends DueDocument> {
  /** In logs and figures, and to wake it by. */
  readonly name: string
  /** With an index that begins with `dueAtMs`, of the kind that `of` asks for. */
  readonly collection: CollectionSpec<T>
  /** Whose documents: each organization's, or those of the platform that belong to nobody. */
  readonly of: 'organizations' | 'platform'
  /** Which of them, besides being due. */
  readonly where?: Filter
  /** How long nobody else touches the work of an instance that died. It is renewed while the work goes on. */
  readonly leaseMs: number
  /** How many one instance works on at a time. */
  readonly maxAtOnce: number
  /**
   * Of documents whose times are durations, and that say by which clock ({@link Reckoned}): what they are when that was put
   * forward or back by so much. The runner tells them anew before it takes up what is due. Appointments have none.
   */
  readonly moved?: Moved<T>
  /** Between tries. The world's failures (`Unavailable`) are retried for as long as they take, others `maxTries` times. */
  readonly retry: Backoff & { readonly maxTries?: number }
  /** Does the work. Throwing is a failure, unless the signal was aborted: then the document stays due as it is. */
  run(work: Work<T>): Promise<Next<T>>
  /** What to write down of a failure, besides that it was one. Pure. */
  failed?(document: T, error: Error, nowMs: number): T
  /** What becomes of a document whose last try has failed; by default it stays, and is not due any more. Pure. */
  givenUp?(document: T, error: Error): T | undefined
}

/** @throws RangeError when the definition cannot work. */
export function defineJob<T extends DueDocument>(definition: JobDefinition<T>): JobDefinition<T> {
  const { collection, leaseMs, maxAtOnce, name, of } = definition
  const lists = of === 'platform' ? collection.indexes : collection.indexesEverywhere
  if (lists?.some(([first]) => first === 'dueAtMs') !== true)
    throw new RangeError(`the job ${name} needs an index of ${collection.name} by dueAtMs`)
  if (!(leaseMs > 0) || !(maxAtOnce >= 1))
    throw new RangeError(`the job ${name} needs a lease, and work that it may do at once`)
  return definition
}
