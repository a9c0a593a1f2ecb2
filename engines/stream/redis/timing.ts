import type { Clock } from '../../../nodes/platform/clock.ts'

/** The time an adapter lives by. */
export interface Timing {
  readonly clock: Clock
  /** Of backoff jitter, in [0, 1). */
  readonly random: () => number
}
