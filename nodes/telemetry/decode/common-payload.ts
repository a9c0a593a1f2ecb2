import { parseIsoTime } from '../../platform/kit/iso-time.ts'

/** As `JSON.parse` has it, but that `ts` is epoch milliseconds. */
export interface CommonPayload {
  readonly ts?: number
  readonly readings: readonly { readonly port: number; readonly value: number }[]
}

/** What stands around the numbers, as `JSON.stringify` writes it or, with a gap, Python's `json.dumps`. */
interface Form {
  readonly timed: Uint8Array
  readonly untimed: Uint8Array
  readonly afterTime: Uint8Array
  readonly port: Uint8Array
  readonly value: Uint8Array
  readonly another: Uint8Array
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const formOf = (gap: string): Form => ({
  timed: ascii(`{"ts":${gap}"`),
  untimed: ascii(`{"readings":${gap}[`),
  afterTime: ascii(`",${gap}"readings":${gap}[`),
  port: ascii(`{"port":${gap}`),
  value: ascii(`,${gap}"value":${gap}`),
  another: ascii(`},${gap}`),
})
const [compact, spaced] = [formOf(''), formOf(' ')]
const last = ascii('}]}')
const [zero, nine, minus, dot] = [0x30, 0x39, 0x2d, 0x2e]
const [dash, colon, capitalT, capitalZ] = [0x2d, 0x3a, 0x54, 0x5a]

/** Where that was read last ended; before the start where it was not there. */
let end = 0

/**
 * Nearly every message is `{"ts":"2025-09-06T12:00:00.123Z","readings":[{"port":1,"value":21.5}]}`. Read from its bytes
 * it needs neither text nor `JSON.parse`, which together cost more than all else that becomes of a reading. Undefined
 * for whatever is not exactly of that form: that is the parser's to judge.
 */
export function readCommon(bytes: Uint8Array): CommonPayload | undefined {
  // 'r' of an untimed one; otherwise where the gap would be.
  const isTimed = bytes[2] !== 0x72
  const form = bytes[isTimed ? 6 : 12] === 0x20 ? spaced : compact
  let at = after(bytes, 0, isTimed ? form.timed : form.untimed)
  let ts = 0
  if (isTimed && at > 0) {
    ts = timeAt(bytes, at)
    at = after(bytes, end, form.afterTime)
  }
  const readings: { port: number; value: number }[] = []
  while (at > 0) {
    at = after(bytes, at, form.port)
    const port = numberAt(bytes, at)
    at = after(bytes, end, form.value)
    const value = numberAt(bytes, at)
    at = end
    if (at < 0) return undefined
    readings.push({ port, value })
    const next = after(bytes, at, form.another)
    if (next < 0) break
    at = next
  }
  if (after(bytes, at, last) !== bytes.length) return undefined
  return isTimed ? { ts, readings } : { readings }
}

/** Where the literal ends that begins there; −1 when it does not, or `at` is none. */
function after(bytes: Uint8Array, at: number, literal: Uint8Array): number {
  const to = at + literal.length
  if (at < 0 || to > bytes.length) return -1
  for (let index = 0; index < literal.length; index += 1) if (bytes[at + index] !== literal[index]) return -1
  return to
}

/** More digits than these may not be an exact integer. */
const maxDigits = 15

/**
 * A number without an exponent. Its digits as an integer and the power of ten that divides them are both exact, so the
 * quotient is what a correct reader gives, too (Clinger, How to Read Floating Point Numbers Accurately, 1990).
 */
function numberAt(bytes: Uint8Array, from: number): number {
  end = -1
  if (from < 0) return 0
  const isNegative = bytes[from] === minus
  const first = isNegative ? from + 1 : from
  let at = first
  let pointAt = -1
  let digits = 0
  let scale = 1
  for (; ; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte >= zero && byte <= nine) {
      digits = digits * 10 + byte - zero
      if (pointAt !== -1) scale *= 10
    } else if (byte === dot && pointAt === -1) pointAt = at
    else break
  }
  const whole = (pointAt === -1 ? at : pointAt) - first
  // JSON has digits on both sides of the point, and no zero before others.
  if (whole === 0 || (whole > 1 && bytes[first] === zero) || pointAt === at - 1) return 0
  if (at - first > maxDigits) return 0
  end = at
  return isNegative ? -digits / scale : digits / scale
}

let knownDay = -1
let knownMinute = -1
let knownMinuteMs = 0

/** `2025-09-06T12:00:00.123Z` or `2025-09-06T12:00:00Z`, up to its Z. A fleet shares its minute for a minute. */
function timeAt(bytes: Uint8Array, at: number): number {
  end = -1
  const isSeparated =
    bytes[at + 4] === dash &&
    bytes[at + 7] === dash &&
    bytes[at + 10] === capitalT &&
    bytes[at + 13] === colon &&
    bytes[at + 16] === colon
  if (!isSeparated) return 0
  const day =
    (pair(bytes, at) * 100 + pair(bytes, at + 2)) * 10_000 + pair(bytes, at + 5) * 100 + pair(bytes, at + 8)
  const minute = pair(bytes, at + 11) * 100 + pair(bytes, at + 14)
  const seconds = pair(bytes, at + 17)
  const hasMillis = bytes[at + 19] === dot
  const millis = hasMillis ? pair(bytes, at + 20) * 10 + (pair(bytes, at + 21) % 10) : 0
  const zone = at + (hasMillis ? 23 : 19)
  if (Number.isNaN(day + minute + millis) || !(seconds < 60) || bytes[zone] !== capitalZ) return 0
  if (day !== knownDay || minute !== knownMinute) {
    const ms = parseIsoTime(String.fromCharCode(...bytes.subarray(at, at + 17), zero, zero, capitalZ))
    if (Number.isNaN(ms) || minute >= 2400) return 0
    knownDay = day
    knownMinute = minute
    knownMinuteMs = ms
  }
  end = zone + 1
  return knownMinuteMs + seconds * 1000 + millis
}

/** Two digits. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - zero
  const ones = (bytes[at + 1] ?? 0) - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}
