/** Qualities as bytes. The numbers are on disk: append only. */
import type { Quality } from '../../../nodes/platform/series/port.ts'

const QUALITIES: readonly Quality[] = ['good', 'out-of-range', 'late', 'suspect']

export function codeOf(quality: Quality): number {
  return quality === 'good' ? 0 : QUALITIES.indexOf(quality)
}

export function qualityOf(code: number): Quality {
  const quality = QUALITIES[code]
  if (quality === undefined) throw new RangeError(`No quality has code ${code}`)
  return quality
}
