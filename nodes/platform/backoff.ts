/** How long to wait between tries: doubling from the first pause to the last. */
export interface Backoff {
  readonly firstMs: number
  readonly lastMs: number
}

/**
 * Exponential from `firstMs` to `lastMs`, of which the upper half is jitter, so that those who failed together do not
 * come back together.
 * @param attempt tries that have failed before this one: 0 the first time
 * @param random in [0, 1)
 */
export function backoffMs(attempt: number, { firstMs, lastMs }: Backoff, random: number): number {
  const whole = Math.min(lastMs, firstMs * 2 ** Math.min(attempt, 30))
  return whole / 2 + (whole / 2) * random
}
