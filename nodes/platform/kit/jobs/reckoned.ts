/**
 * What is to last so long is stored as the time when it ends, so that a restart and other instances know of it. Beside it
 * stands by which clock that was reckoned: when that clock is put forward or back, whether somebody lives to see it or not, the
 * time is told anew, and lasts for as long as it was to. What is to happen at a time (an appointment) is not reckoned.
 */
import { z } from 'zod'
import type { Clock, Reckoning } from '../../clock.ts'
import type { Decider } from '../decider/decider.ts'
import type { EventBody } from '../events/event.ts'
import { leastStepMs } from '../ahead.ts'

export const reckoningSchema = z.strictObject({ machine: z.string(), aheadMs: z.number() })

export interface Reckoned {
  readonly reckoned?: Reckoning | undefined
}

/** The document with the times in it by so much later, or sooner. Pure. */
export type Moved<T> = (document: T, byMs: number) => T

/** By how much the clock was put forward since, or back; 0 for that of another machine, of which nobody here knows. */
export function stepSince(reckoned: Reckoning | undefined, now: Reckoning): number {
  if (reckoned?.machine !== now.machine) return 0
  const byMs = now.aheadMs - reckoned.aheadMs
  return Math.abs(byMs) < leastStepMs ? 0 : byMs
}

/** The time so much later; none stays none. */
export const movedTime = (atMs: number | null, byMs: number): number | null => atMs && atMs + byMs

/** As it is told by the clock that there is now. Whoever writes a time into a document begins with that. Pure. */
export function toldAnew<T extends Reckoned>(document: T, now: Reckoning, moved: Moved<T>): T {
  const byMs = stepSince(document.reckoned, now)
  return byMs === 0 ? document : { ...moved(document, byMs), reckoned: now }
}

/** The same decider, for which no time is early or late by what the clock was put forward or back. */
export function steadyDecider<S extends Reckoned, C, E extends EventBody, R>(
  decider: Decider<S, C, E, R>,
  clock: Pick<Clock, 'reckoning'>,
  moved: Moved<S>,
): Decider<S, C, E, R> {
  const anew = (state: S | undefined): S | undefined => state && toldAnew(state, clock.reckoning(), moved)
  return {
    decide: (state, command, nowMs) => decider.decide(anew(state), command, nowMs),
    evolve: (state, event, atMs) => ({
      ...decider.evolve(anew(state), event, atMs),
      reckoned: clock.reckoning(),
    }),
  }
}
