import type { Uplink } from './reading.ts'
import { deviceClockToleranceMs } from '../platform/kit/ahead.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'

/** How far a device's clock may be off, in milliseconds. */
export interface TimeWindow {
  readonly pastMs: number
  readonly futureMs: number
}

export const defaultTimeWindow: TimeWindow = { pastMs: 30 * 86_400_000, futureMs: deviceClockToleranceMs }

const isoTime =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?\s?(?:([Zz])|([+-]\d{2})(?::?(\d{2}))?)?$/

const [dash, dot, colon, capitalT, capitalZ] = [0x2d, 0x2e, 0x3a, 0x54, 0x5a]

/** `2025-09-06T12:00:00.123Z`, told by its separators: what stands between them is the parser's to judge. */
const isCommonForm = (text: string): boolean =>
  text.length === 24 &&
  text.charCodeAt(23) === capitalZ &&
  text.charCodeAt(4) === dash &&
  text.charCodeAt(7) === dash &&
  text.charCodeAt(10) === capitalT &&
  text.charCodeAt(13) === colon &&
  text.charCodeAt(16) === colon &&
  text.charCodeAt(19) === dot

export type ParsedTimestamp =
  | { readonly kind: 'ok'; readonly ts: number }
  | {
      readonly kind: 'bad'
      readonly reason: 'ts-invalid' | 'ts-in-future' | 'ts-too-old'
      readonly detail: string
    }

/**
 * Reads a device's timestamp: ISO 8601 with a zone, or epoch milliseconds. Judged against the time of receipt, not
 * against now, so that a replay comes to the same result as the first time.
 */
export function parseTimestamp(
  value: unknown,
  uplink: Pick<Uplink, 'receivedAt' | 'untimedAt'>,
  window: TimeWindow,
): ParsedTimestamp {
  if (value === undefined || value === null) return { kind: 'ok', ts: uplink.untimedAt ?? uplink.receivedAt }
  const ts =
    typeof value === 'string'
      ? epochOfIso(value)
      : typeof value === 'number' && Number.isInteger(value)
        ? value
        : Number.NaN
  if (!Number.isFinite(ts)) {
    return { kind: 'bad', reason: 'ts-invalid', detail: `ts: ${describe(value)} is not an ISO 8601 time` }
  }
  return withinWindow(ts, uplink.receivedAt, window)
}

export function withinWindow(ts: number, receivedAt: number, window: TimeWindow): ParsedTimestamp {
  if (ts > receivedAt + window.futureMs) {
    return { kind: 'bad', reason: 'ts-in-future', detail: `ts: ${ts - receivedAt} ms ahead of its receipt` }
  }
  if (ts < receivedAt - window.pastMs) {
    return { kind: 'bad', reason: 'ts-too-old', detail: `ts: ${receivedAt - ts} ms before its receipt` }
  }
  return { kind: 'ok', ts }
}

const noZone = (): number => Number.NaN

/**
 * ISO 8601 as devices write it: with a space for the T, a comma for the point, an offset without its colon. NaN where it
 * is none, or where it has no zone and `ofLocal` does not know better.
 * @param ofLocal epoch milliseconds of a time without a zone, which it is given as if it were UTC
 */
export function epochOfIso(text: string, ofLocal: (asUtc: number) => number = noZone): number {
  if (isCommonForm(text)) return parseIsoTime(text)
  const match = isoTime.exec(text)
  if (match === null) return Number.NaN
  const [, date = '', minute = '', second = '00', fraction = '', utc, hours, minutes = '00'] = match
  const local = `${date}T${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`
  if (hours !== undefined) return parseIsoTime(`${local}${hours}:${minutes}`)
  const asUtc = parseIsoTime(`${local}Z`)
  return utc === undefined ? ofLocal(asUtc) : asUtc
}

/** A value as it may stand in a message to a person: short, and no longer than it helps. */
export function describe(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 80)
  } catch {
    // Nested deeper than the stack: JSON.parse takes it, JSON.stringify does not.
    return Array.isArray(value) ? 'a deeply nested array' : 'a deeply nested object'
  }
}
