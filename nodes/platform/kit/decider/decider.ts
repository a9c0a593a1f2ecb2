/**
 * A thing with a life, as two pure and total functions: what a command comes to in a state, and what an event makes of a
 * state. After the decider of emmett, with the state stored rather than the events.
 */
import type { EventBody } from '../events/event.ts'

export interface Refusal<R> {
  readonly refused: R
}
export const refused = <R>(refusal: R): Refusal<R> => ({ refused: refusal })

/** What has happened; nothing, when the command has been carried out before; or why it cannot be. */
export type Decision<E extends EventBody, R> = readonly E[] | Refusal<R>

export interface Decider<S, C, E extends EventBody, R> {
  /** `undefined` is what does not exist (yet, or any more). */
  decide(state: S | undefined, command: C, nowMs: number): Decision<E, R>
  /** Must take every event that `decide` gives. */
  evolve(state: S | undefined, event: E, atMs: number): S
}

export const isRefused = <E extends EventBody, R>(decision: Decision<E, R>): decision is Refusal<R> =>
  !Array.isArray(decision)
