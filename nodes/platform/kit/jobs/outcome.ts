/** What becomes of a document whose work got through, or did not. */
import type { Reckoning } from '../../clock.ts'
import { Unavailable } from '../unavailable.ts'
import type { DueDocument, JobDefinition, Next } from './job.ts'
import { toldAnew } from './reckoned.ts'

export const recovered = <T extends DueDocument>(document: T | undefined): T | undefined =>
  document === undefined || document.failures === 0 ? document : { ...document, failures: 0 }

export interface Failure {
  readonly attempt: number
  readonly error: Error
  readonly nowMs: number
  /** When it is tried again. */
  readonly nextMs: number
  /** By which clock. */
  readonly reckoned: Reckoning
}

/**
 * Tried again at `nextMs`, or given up after its last try. An engine that is down is no failure of the work: it is
 * tried for as long as that takes.
 */
export function afterFailure<T extends DueDocument>(
  job: JobDefinition<T>,
  { attempt, error, nextMs, nowMs, reckoned }: Failure,
): { readonly kind: 'failed' | 'givenUp'; readonly next: Next<T> } {
  const { moved } = job
  const told = (current: T): T =>
    moved === undefined ? current : { ...toldAnew(current, reckoned, moved), reckoned }
  const noted = (current: T, dueAtMs: number | null): T => ({
    ...(job.failed?.(told(current), error, nowMs) ?? told(current)),
    failures: attempt,
    dueAtMs,
  })
  const isLast = !(error instanceof Unavailable) && attempt >= (job.retry.maxTries ?? Infinity)
  if (!isLast) return { kind: 'failed', next: (current) => noted(current, nextMs) }
  return {
    kind: 'givenUp',
    next: (current) => {
      const last = noted(current, null)
      return job.givenUp === undefined ? last : job.givenUp(last, error)
    },
  }
}
