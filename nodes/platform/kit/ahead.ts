/** How far the clocks of machines that work together may differ. */
export const clockToleranceMs = 60_000

/**
 * Whether a time of the past cannot be true: some clock was ahead when it was noted, and has been corrected since. Such a
 * time must not outrank what is noted now, or nothing would until the clocks have caught up with it.
 */
export const isAhead = (ms: number, nowMs: number, toleranceMs: number = clockToleranceMs): boolean =>
  ms > nowMs + toleranceMs
