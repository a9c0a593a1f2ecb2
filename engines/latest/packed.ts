import type { Quality } from '../../nodes/platform/series/port.ts'
import type { LatestValue } from '../../nodes/platform/latest/port.ts'

const qualities: readonly string[] = ['good', 'out-of-range', 'late', 'suspect'] satisfies Quality[]
const isQuality = (text: string | undefined): text is Quality =>
  text !== undefined && qualities.includes(text)

/** One line of text; the time stands first, so that a script can compare it. */
export const pack = ({
  ts,
  rawValue,
  calibratedValue,
  quality,
  ingestTs,
}: Omit<LatestValue, 'port'>): string => `${ts},${rawValue},${calibratedValue},${quality},${ingestTs}`

/** Undefined for what {@link pack} did not write. */
export function unpack(port: string, packed: string): LatestValue | undefined {
  const [ts, rawValue, calibratedValue, quality, ingestTs] = packed.split(',')
  const value = {
    port: numberOf(port),
    ts: numberOf(ts),
    rawValue: numberOf(rawValue),
    calibratedValue: numberOf(calibratedValue),
    ingestTs: numberOf(ingestTs),
  }
  return isQuality(quality) && Object.values(value).every(Number.isFinite) ? { ...value, quality } : undefined
}

const numberOf = (text: string | undefined): number =>
  text === undefined || text === '' ? Number.NaN : Number(text)
