/** Qualities as bytes. The numbers are on disk: append only. */
import type { Qualities, Quality } from '../../../nodes/platform/series/port.ts'

const QUALITIES: readonly Quality[] = ['good', 'out-of-range', 'late', 'suspect']

export function codeOf(quality: Quality): number {
  return quality === 'good' ? 0 : QUALITIES.indexOf(quality)
}

export function qualityOf(code: number): Quality {
  const quality = QUALITIES[code]
  if (quality === undefined) throw new RangeError(`No quality has code ${code}`)
  return quality
}

/** By code, 1 for those that count. */
export function countingCodes(qualities: Qualities): Uint8Array {
  return Uint8Array.from(QUALITIES, (quality) => (qualities.includes(quality) ? 1 : 0))
}
