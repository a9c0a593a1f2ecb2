const kept = 1024

/** How late work was begun, of the last 1,024 times. */
export class Lateness {
  readonly #ms = new Float64Array(kept)
  #noted = 0

  note(ms: number): void {
    this.#ms[this.#noted % kept] = ms
    this.#noted += 1
  }

  /** What this share of them, 0 to 1, was not later than, in milliseconds; 0 when there were none. */
  quantileMs(share: number): number {
    const ms = this.#ms.slice(0, Math.min(this.#noted, kept)).sort()
    return ms[Math.max(0, Math.ceil(ms.length * share) - 1)] ?? 0
  }
}
