import type { Clock } from '../clock.ts'

/** The time an adapter lives by. */
export interface Timing {
  readonly clock: Clock
  /** Never jumps: for leases, as this process sees them. */
  readonly monotonicMs: () => number
  /** Of backoff jitter, in [0, 1). */
  readonly random: () => number
}
