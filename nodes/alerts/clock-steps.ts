/**
 * A clock that is put right, or that stood still while the machine slept, says nothing about how long a device has been
 * silent. What it said of moments in the past is therefore told anew in what it says now: pure, but for the look at the clock.
 */
import type { Clock } from '../platform/clock.ts'
import { leastStepMs } from '../platform/kit/ahead.ts'
import type { WatchState } from './evaluate.ts'
import type { Moment } from './moment.ts'

/** By how much the platform's clock is put forward or back, by the one that never jumps. */
export class ClockSteps {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'nowMs'>
  #offsetMs: number

  constructor(clock: Pick<Clock, 'monotonicMs' | 'nowMs'>) {
    this.#clock = clock
    this.#offsetMs = clock.nowMs() - clock.monotonicMs()
  }

  /** Milliseconds since it was asked last, negative when the clock went back; 0 when it just went on. */
  take(): number {
    const offsetMs = this.#clock.nowMs() - this.#clock.monotonicMs()
    const byMs = offsetMs - this.#offsetMs
    if (Math.abs(byMs) < leastStepMs) return 0
    this.#offsetMs = offsetMs
    return byMs
  }
}

/** After the clock has made a step: what passed before it and after it is what passed. */
export const afterStep = (state: WatchState, byMs: number): WatchState =>
  withWalls(state, (wall) => wall + byMs)

/** Of what is stored, nothing is from the future: that was before a step back, and counts as now. */
export const notAhead = (state: WatchState, nowMs: number): WatchState =>
  withWalls(state, (wall) => Math.min(wall, nowMs))

function withWalls(state: WatchState, change: (wall: number) => number): WatchState {
  const changed = <M extends Moment>(moment: M): M => ({ ...moment, wall: change(moment.wall) })
  return {
    ...state,
    born: changed(state.born),
    newest: state.newest.map((seen) => (seen === undefined ? undefined : changed(seen))),
    since: state.since === null ? null : changed(state.since),
  }
}
