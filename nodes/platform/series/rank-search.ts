/**
 * Exact percentiles of more values than memory is for: each pass over all of them settles 16 more bits of the answer,
 * so that four passes are enough whatever the values are, and 256 kB.
 */

const PASSES = 4

/** The bits of doubles, so that their order is that of the numbers: four digits of 16 bits, the highest first. */
const value = new Float64Array(1)
const words = new Uint32Array(value.buffer)
const [HIGH, LOW] = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? [1, 0] : [0, 1]

export class RankSearch {
  readonly #counts = new Uint32Array(65_536)
  readonly #digits: number[] = []
  /** Among the values that begin with the digits found so far. */
  #rank: number

  /** `rank` counts from 0. */
  constructor(rank: number) {
    this.#rank = rank
  }

  /** Takes a value of the current pass. */
  add(one: number): void {
    value[0] = one
    const high = words[HIGH] ?? 0
    const low = words[LOW] ?? 0
    const flip = high >>> 31 === 1 ? 0xffffffff : 0
    const first = (high ^ (flip | 0x80000000)) >>> 0
    const second = (low ^ flip) >>> 0
    const digits = this.#digits
    if (digits.length === 0) return this.#count(first >>> 16)
    if (first >>> 16 !== digits[0]) return
    if (digits.length === 1) return this.#count(first & 0xffff)
    if ((first & 0xffff) !== digits[1]) return
    if (digits.length === 2) return this.#count(second >>> 16)
    if (second >>> 16 === digits[2]) this.#count(second & 0xffff)
  }

  /** Ends a pass; returns the value once it is known. */
  endPass(): number | undefined {
    let digit = 0
    let before = 0
    for (const [at, count] of this.#counts.entries()) {
      if (count === 0) continue
      digit = at
      if (before + count > this.#rank) break
      before += count
    }
    this.#digits.push(digit)
    this.#rank -= before
    this.#counts.fill(0)
    return this.#digits.length === PASSES ? this.#found() : undefined
  }

  #count(digit: number): void {
    this.#counts[digit] = (this.#counts[digit] ?? 0) + 1
  }

  #found(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#digits
    const flip = a >>> 15 === 1 ? 0 : 0xffffffff
    words[HIGH] = (((a << 16) | b) ^ (flip | 0x80000000)) >>> 0
    words[LOW] = (((c << 16) | d) ^ flip) >>> 0
    return value[0] ?? Number.NaN
  }
}
