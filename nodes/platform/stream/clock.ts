/** The time a stream lives by; tests give it a virtual one. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number
  /** Runs once after `ms`; the returned function calls it off. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}

/** Exponential from `firstMs` to `lastMs`, of which the upper half is jitter. `random` is in [0, 1). */
export function backoffMs(attempt: number, firstMs: number, lastMs: number, random: number): number {
  const whole = Math.min(lastMs, firstMs * 2 ** Math.min(attempt, 30))
  return whole / 2 + (whole / 2) * random
}
