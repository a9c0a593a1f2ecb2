import type { TimeRule } from '../../devices/class-decode.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import type { Uplink } from '../reading.ts'
import { describe, epochOfIso, type ParsedTimestamp, type TimeWindow, withinWindow } from '../timestamp.ts'
import { zoneNamed } from '../../platform/kit/zone.ts'

export type ReadTime =
  | { readonly kind: 'ok'; readonly ts: number; readonly isUnset: boolean }
  | Extract<ParsedTimestamp, { kind: 'bad' }>

export type TimeReader = (
  value: unknown,
  uplink: Pick<Uplink, 'receivedAt' | 'untimedAt'>,
  window: TimeWindow,
  deviceZone: string | undefined,
) => ReadTime

const perMs: Readonly<Partial<Record<TimeRule['format'], number>>> = {
  'epoch-s': 1 / 1000,
  'epoch-ms': 1,
  'epoch-us': 1000,
  'epoch-ns': 1_000_000,
}
const number = /^\s*[+-]?\d{1,25}(?:\.\d{1,25})?\s*$/
/** `2025-…`: a digit with a dash behind it is in no number, and told without a pattern. */
const isDated = (text: string): boolean => text[4] === '-' && '0' <= (text[3] ?? '') && (text[3] ?? '') <= '9'
/** Clocks begin at 1970, 1980, 2000 or 2010 until they are set. */
const notSetBefore = parseIsoTime('2016-01-01T00:00:00Z')

/** Seconds, milliseconds, microseconds or nanoseconds, whichever is a time of our days. */
function perMsByMagnitude(epoch: number): number {
  const size = Math.abs(epoch)
  if (size < 1e11) return 1 / 1000
  if (size < 1e14) return 1
  return size < 1e17 ? 1000 : 1_000_000
}

export function timeReader({ clockNotSet = 'refuse', format, zone: classZone }: TimeRule): TimeReader {
  const fromEpoch = (epoch: number): number => {
    const ms = Math.floor(epoch / (perMs[format] ?? perMsByMagnitude(epoch)))
    return Math.abs(ms) <= 8.64e15 ? ms : Number.NaN
  }
  return (value, uplink, window, deviceZone) => {
    const { receivedAt, untimedAt = receivedAt } = uplink
    if (value === undefined || value === null || value === '')
      return { kind: 'ok', ts: untimedAt, isUnset: false }
    const zone = deviceZone ?? classZone
    const ofLocal = (local: number): number =>
      zone === undefined ? Number.NaN : zoneNamed(zone).epochMs(local, receivedAt + window.futureMs)
    let ts = Number.NaN
    if (format === 'standard') {
      if (typeof value === 'string') ts = epochOfIso(value, ofLocal)
      else if (typeof value === 'number' && Number.isInteger(value)) ts = value
    } else if (typeof value === 'number') ts = format === 'iso' ? Number.NaN : fromEpoch(value)
    else if (typeof value === 'string' && value.length <= 64) {
      if (format !== 'iso' && !isDated(value) && number.test(value)) ts = fromEpoch(Number(value))
      else if (format === 'iso' || format === 'auto') ts = epochOfIso(value, ofLocal)
    }
    if (clockNotSet === 'receipt' && ts < notSetBefore) return { kind: 'ok', ts: untimedAt, isUnset: true }
    if (!Number.isFinite(ts)) {
      const what = format === 'standard' ? 'an ISO 8601 time' : `a time (${format})`
      return { kind: 'bad', reason: 'ts-invalid', detail: `ts: ${describe(value)} is not ${what}` }
    }
    const judged = withinWindow(ts, receivedAt, window)
    return judged.kind === 'bad' ? judged : { kind: 'ok', ts, isUnset: false }
  }
}
