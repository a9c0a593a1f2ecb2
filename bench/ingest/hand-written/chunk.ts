/**
 * The readings of one series in one run, as a blob: the count, then for each reading the time and the receive time as
 * zigzag variable-length differences, and the raw and calibrated value as the bytes that differ from the one before. Steady
 * sensors take 4 to 8 bytes a reading instead of 32.
 */
import { Buffer } from 'node:buffer'

export interface StoredReading {
  readonly ts: number
  readonly raw: number
  readonly calibrated: number
  readonly ingestTs: number
}

const worstReadingBytes = 10 + 10 + 9 + 9
const float = new Float64Array(1)
const word = new Uint32Array(float.buffer)

export class ChunkEncoder {
  #buffer = Buffer.allocUnsafeSlow(1 << 16)
  #at = 0
  #count = 0
  #ts = 0
  #ingestTs = 0
  readonly #raw = new Uint32Array(2)
  readonly #calibrated = new Uint32Array(2)

  get count(): number {
    return this.#count
  }

  /** Readings must come in the order of `ts`. */
  add(ts: number, raw: number, calibrated: number, ingestTs: number): void {
    if (this.#at + worstReadingBytes > this.#buffer.length) this.#grow()
    this.#putDifference(ts - this.#ts)
    this.#putDifference(ingestTs - this.#ingestTs)
    this.#putFloat(raw, this.#raw)
    this.#putFloat(calibrated, this.#calibrated)
    this.#ts = ts
    this.#ingestTs = ingestTs
    this.#count++
  }

  /** The blob, valid until the next `add`; the encoder starts anew. */
  finish(): Uint8Array {
    const blob = this.#buffer.subarray(0, this.#at)
    this.#at = 0
    this.#count = 0
    this.#ts = 0
    this.#ingestTs = 0
    this.#raw.fill(0)
    this.#calibrated.fill(0)
    return blob
  }

  #putDifference(difference: number): void {
    let rest = difference < 0 ? -difference * 2 - 1 : difference * 2
    while (rest > 127) {
      this.#buffer[this.#at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#at++] = rest
  }

  /** A byte with a bit for each byte that differs from the value before, then those bytes. */
  #putFloat(value: number, before: Uint32Array): void {
    float[0] = value
    const maskAt = this.#at++
    let mask = 0
    for (let half = 0; half < 2; half++) {
      const bits = word[half] ?? 0
      let changed = bits ^ (before[half] ?? 0)
      for (let byte = 0; changed !== 0; byte++, changed >>>= 8) {
        if ((changed & 255) === 0) continue
        mask |= 1 << (half * 4 + byte)
        this.#buffer[this.#at++] = bits >>> (byte * 8)
      }
      before[half] = bits
    }
    this.#buffer[maskAt] = mask
  }

  #grow(): void {
    const bigger = Buffer.allocUnsafeSlow(this.#buffer.length * 2)
    bigger.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = bigger
  }
}

export function decodeChunk(blob: Uint8Array): StoredReading[] {
  const readings: StoredReading[] = []
  const raw = new Uint32Array(2)
  const calibrated = new Uint32Array(2)
  let at = 0
  let ts = 0
  let ingestTs = 0
  const takeDifference = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = blob[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value % 2 === 1 ? -(value + 1) / 2 : value / 2
      scale *= 128
    }
  }
  const takeFloat = (before: Uint32Array): number => {
    const mask = blob[at++] ?? 0
    for (let bit = 0; bit < 8; bit++) {
      if ((mask & (1 << bit)) === 0) continue
      const shift = (bit & 3) * 8
      before[bit >> 2] = ((before[bit >> 2] ?? 0) & ~(255 << shift)) | ((blob[at++] ?? 0) << shift)
    }
    word.set(before)
    return float[0] ?? 0
  }
  while (at < blob.length) {
    ts += takeDifference()
    ingestTs += takeDifference()
    readings.push({ ts, ingestTs, raw: takeFloat(raw), calibrated: takeFloat(calibrated) })
  }
  return readings
}
