import type { DeadLetterReason } from '../dead-letter-reasons.ts'

/** Something wrong with a payload; the good parts of it were decoded all the same. */
export interface Fault {
  readonly reason: DeadLetterReason
  readonly detail: string
}
