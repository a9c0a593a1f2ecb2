/** How far the clocks of machines that work together may differ. */
export const clockToleranceMs = 60_000

/** How far the clock of a device may be ahead of ours. */
export const deviceClockToleranceMs = 5 * 60_000

/** What a clock is set by less is drift: nothing is told anew for that, and it is nobody's alert. */
export const leastStepMs = 1000

/**
 * Whether a time of the past cannot be true: some clock was ahead when it was noted, and has been corrected since. Such a
 * time must not outrank what is noted now, or nothing would until the clocks have caught up with it.
 */
export const isAhead = (ms: number, nowMs: number, toleranceMs: number = clockToleranceMs): boolean =>
  ms > nowMs + toleranceMs
