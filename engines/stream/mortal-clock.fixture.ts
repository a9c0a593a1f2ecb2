import { type Clock, systemClock } from '../../nodes/platform/clock.ts'

export interface MortalClock extends Clock {
  /** From now on nothing is due any more, as in a process that was killed. */
  stop(): void
}

/** Waits are a fortieth of what they are in life. */
export function mortalClock(): MortalClock {
  let isStopped = false
  return {
    nowMs: () => systemClock.nowMs(),
    monotonicMs: () => systemClock.monotonicMs(),
    reckoning: () => systemClock.reckoning(),
    after: (ms, run) =>
      systemClock.after(ms / 40, () => {
        if (!isStopped) run()
      }),
    stop: () => {
      isStopped = true
    },
  }
}
