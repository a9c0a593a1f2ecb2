import type { Clock } from '../clock.ts'

export interface VirtualClock extends Clock {
  /** Lets so much time pass: timers run at their time, in order, and what their promises bring about before the next. */
  pass(ms: number): Promise<void>
  /** So much time passes while the process stands still: what was due comes late, once time passes again. */
  stall(ms: number): void
  /** Turns the wall clock, as an operator or NTP does; timers and the monotonic clock take no notice. */
  turnTo(nowMs: number): void
  /** Timers that are set. */
  readonly timers: number
}

/** Promise reactions, and I/O that is done within a turn or two, have run. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Time that only passes when the test says so. */
export function virtualClock(startMs = 1_000_000, whenSettled = settled): VirtualClock {
  let elapsedMs = 0
  let offsetMs = startMs
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>()
  return {
    nowMs: () => offsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    reckoning: () => ({ machine: 'virtual', aheadMs: offsetMs }),
    after(ms, run) {
      const timer = { atMs: elapsedMs + Math.max(0, ms), run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async pass(ms) {
      const endMs = elapsedMs + ms
      for (;;) {
        await whenSettled()
        const [next] = [...timers].sort((a, b) => a.atMs - b.atMs)
        if (next === undefined || next.atMs > endMs) break
        elapsedMs = Math.max(elapsedMs, next.atMs)
        timers.delete(next)
        next.run()
      }
      elapsedMs = endMs
      await whenSettled()
    },
    stall(ms) {
      elapsedMs += ms
    },
    turnTo(nowMs) {
      offsetMs = nowMs - elapsedMs
    },
    get timers() {
      return timers.size
    },
  }
}
