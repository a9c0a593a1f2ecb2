import { z } from 'zod'
import { refuse, type WholeOutcome } from '../platform/kit/endpoints/operation.ts'
import { unreadable } from '../platform/kit/endpoints/problem.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'

const instant = z.iso.datetime({ offset: true })

/** The query parameters that name a period. */
export const periodQuery = z.object({
  from: instant.optional(),
  /** Exclusive. Default: the end of what there is. */
  to: instant.optional(),
})

export interface Period {
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

const dayMs = 86_400_000

/** What the parameters mean; without `from` the last `spanMs` before `to`, or before now. */
export function periodOf(
  query: z.output<typeof periodQuery>,
  nowMs: number,
  spanMs: number = dayMs,
): Period | { readonly refusal: WholeOutcome } {
  const to = query.to === undefined ? undefined : parseIsoTime(query.to)
  // A clock that runs ahead is tolerated on the way in, so that what it wrote must be found again here.
  const toMs = to ?? nowMs + dayMs
  const fromMs = query.from === undefined ? (to ?? nowMs) - spanMs : parseIsoTime(query.from)
  if (fromMs <= toMs) return { fromMs, toMs }
  return { refusal: refuse(unreadable('query.from', 'is after query.to')) }
}
