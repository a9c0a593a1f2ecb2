/**
 * A latency histogram in microseconds with about 3 % resolution and no allocation a value: below 64 µs every microsecond
 * has its own slot, above that every power of two has 32 (the layout of HdrHistogram with 5 significant bits).
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(32 * 28)
  #total = 0

  get total(): number {
    return this.#total
  }

  record(microseconds: number): void {
    const value = Math.min(Math.max(Math.round(microseconds), 0), 0x3fff_ffff)
    const slot = slotOf(value)
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
    this.#total++
  }

  /** The upper bound, in milliseconds, of the slot that holds the given share (0 to 1) of all values; 0 when empty. */
  quantileMs(share: number): number {
    const wanted = Math.max(1, Math.ceil(this.#total * share))
    let seen = 0
    for (let slot = 0; slot < this.#counts.length; slot++) {
      seen += this.#counts[slot] ?? 0
      if (seen >= wanted) return upperBoundOf(slot) / 1000
    }
    return 0
  }

  reset(): void {
    this.#counts.fill(0)
    this.#total = 0
  }
}

function slotOf(value: number): number {
  if (value < 64) return value
  const shift = 26 - Math.clz32(value)
  return shift * 32 + (value >>> shift)
}

function upperBoundOf(slot: number): number {
  if (slot < 64) return slot
  const shift = (slot >> 5) - 1
  return ((slot & 31) + 33) * 2 ** shift - 1
}
