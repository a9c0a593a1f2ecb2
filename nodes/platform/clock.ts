import { machineReckoning, type Reckoning } from './machine-reckoning.ts'

export type { Reckoning } from './machine-reckoning.ts'

/** The time, passed in wherever something needs it, so that tests run in virtual time. */
export interface Clock {
  /** Epoch milliseconds of the wall clock, for timestamps. */
  nowMs(): number
  /** Milliseconds of a clock that never jumps, for time-outs and latencies. */
  monotonicMs(): number
  /** Runs once after `ms`, soon where they are negative; the returned function calls it off. */
  after(ms: number, run: () => void): () => void
  /** How the wall clock stands to the one that never jumps, for durations that are stored as times (kit/jobs/reckoned.ts). */
  reckoning(): Reckoning
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.max(ms, 0))
    return () => {
      clearTimeout(timer)
    }
  },
  reckoning: machineReckoning(),
}
