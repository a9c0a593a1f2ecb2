/** An instant by the readings' time, and by the platform's clock; epoch milliseconds. */
export interface Moment {
  readonly ts: number
  readonly wall: number
}

/** A reading, of a port that is known. To be changed by `glance` alone. */
export interface Seen {
  ts: number
  wall: number
  value: number
}
