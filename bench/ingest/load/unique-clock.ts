/**
 * Gives each message of one device a (ts, port pair) that no other has, with ts as close to the publish time as can be.
 * A reading is known by (device, port, ms), so with one pair of ports a device can publish only 1,000 messages a second
 * in real time: more would push ts into the future and make the measured age meaningless. Several pairs take turns within a
 * millisecond; only when all are used does ts run ahead.
 */
export class UniqueClock {
  readonly #pairs: number
  /** The time of the last message in ms. */
  ts = 0
  /** The port pair of the last message: ports `2 * pair + 1` and `2 * pair + 2`. */
  pair = 0

  constructor(pairs: number) {
    this.#pairs = pairs
  }

  advance(nowMs: number): void {
    if (nowMs > this.ts) {
      this.ts = nowMs
      this.pair = 0
    } else if (this.pair + 1 < this.#pairs) {
      this.pair++
    } else {
      this.ts++
      this.pair = 0
    }
  }
}
