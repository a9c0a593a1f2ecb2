import { f64, u8 } from './element.ts'
/**
 * Packs columns of numbers into bytes, cheaply: whole and decimal numbers as zigzag varints of their deltas, all else
 * as plain doubles. What is read back is bit for bit what was written.
 */

/** Columns of readings of one series; only the first so many rows may be in use. */
export interface Columns {
  readonly ts: Float64Array
  readonly raw: Float64Array
  readonly calibrated: Float64Array
  readonly ingest: Float64Array
  readonly quality: Uint8Array
}

export function allocateColumns(rows: number): Columns {
  return {
    ts: new Float64Array(rows),
    raw: new Float64Array(rows),
    calibrated: new Float64Array(rows),
    ingest: new Float64Array(rows),
    quality: new Uint8Array(rows),
  }
}

/** How a column is packed: 0 plain doubles, 1 to 5 decimals with that many digits less one, then special cases. */
export const PLAIN = 0
export const CONSTANT = 6
export const SAME = 7

const SCALES = Float64Array.of(1, 10, 100, 1000, 10_000)
/** Deltas of two such numbers, doubled by the zigzag, still are exact. */
const LARGEST = 2 ** 51

export class ByteWriter {
  bytes = new Uint8Array(65_536)
  at = 0

  /** Starts anew with room for `capacity` bytes. */
  reset(capacity: number): void {
    if (this.bytes.length < capacity) this.bytes = new Uint8Array(capacity * 2)
    this.at = 0
  }

  signed(value: number): void {
    const bytes = this.bytes
    let rest = value >= 0 ? value * 2 : value * -2 - 1
    while (rest > 0x7fffffff) {
      bytes[this.at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    let small = rest | 0
    while (small > 127) {
      bytes[this.at++] = (small & 127) | 128
      small >>= 7
    }
    bytes[this.at++] = small
  }

  doubles(values: Float64Array, count: number): void {
    this.bytes.set(new Uint8Array(values.buffer, values.byteOffset, count * 8), this.at)
    this.at += count * 8
  }
}

export class ByteReader {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  signed(): number {
    const bytes = this.bytes
    let byte = u8(bytes, this.at++)
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 127
    let factor = 128
    do {
      byte = u8(bytes, this.at++)
      value += (byte & 127) * factor
      factor *= 128
    } while (byte > 127)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  doubles(count: number): Float64Array {
    const start = this.at
    this.at += count * 8
    return new Float64Array(this.bytes.slice(start, this.at).buffer)
  }
}

/** Writes `count` numbers and returns how they are packed. */
export function writeNumbers(writer: ByteWriter, values: Float64Array, count: number): number {
  if (isConstant(values, count)) {
    writer.doubles(values, 1)
    return CONSTANT
  }
  const digits = decimalDigits(values, count)
  if (digits < 0) {
    writer.doubles(values, count)
    return PLAIN
  }
  const scale = f64(SCALES, digits)
  let before = 0
  for (let i = 0; i < count; i++) {
    const whole = Math.round(f64(values, i) * scale)
    writer.signed(whole - before)
    before = whole
  }
  return digits + 1
}

export function readNumbers(reader: ByteReader, kind: number, count: number): Float64Array {
  if (kind === PLAIN) return reader.doubles(count)
  if (kind === CONSTANT) return new Float64Array(count).fill(f64(reader.doubles(1), 0))
  const scale = f64(SCALES, kind - 1)
  const values = new Float64Array(count)
  let whole = 0
  for (let i = 0; i < count; i++) {
    whole += reader.signed()
    values[i] = whole / scale
  }
  return values
}

function isConstant(values: Float64Array, count: number): boolean {
  const first = f64(values, 0)
  for (let i = 1; i < count; i++) if (!Object.is(values[i], first)) return false
  return true
}

/** The fewest decimal digits that bring back every value exactly, or -1. */
function decimalDigits(values: Float64Array, count: number): number {
  let digits = 0
  let scale = 1
  let largest = 0
  for (let i = 0; i < count; i++) {
    const value = f64(values, i)
    largest = Math.max(largest, Math.abs(value))
    for (;;) {
      const whole = Math.round(value * scale)
      if (whole / scale === value) {
        if (whole === 0 && Object.is(value, -0)) return -1
        break
      }
      digits++
      if (digits === SCALES.length) return -1
      scale = f64(SCALES, digits)
    }
  }
  return largest * scale < LARGEST ? digits : -1
}
