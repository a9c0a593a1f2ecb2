/** An instant by the readings' time, and by the platform's clock; epoch milliseconds. */
export interface Moment {
  readonly ts: number
  readonly wall: number
}

/** A reading, of a port that is known. */
export interface Seen extends Moment {
  readonly value: number
}
