/** The time, passed in wherever a rule needs it, so that tests run in virtual time. */
export interface Clock {
  /** Epoch milliseconds of the wall clock, for timestamps. */
  nowMs(): number
  /** Milliseconds of a clock that never jumps, for time-outs and latencies. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}
