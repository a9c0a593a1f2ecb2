import type { ClassPort } from '../../devices/device-class.ts'
import type { SeriesPoint } from '../../platform/series/port.ts'
import type { AssessedReading, CalibratedReading } from '../reading.ts'

export interface QualityLimits {
  readonly lateAfterMs: number
  /** How often the same value came in a row, and how often is too often (0: never). */
  readonly sameInARow: number
  readonly stuckAfter: number
}

/** The gravest of what can be held against a reading: out of range, then suspect, then late. */
export function assess(
  reading: CalibratedReading & Partial<Pick<AssessedReading, 'quality'>>,
  port: Pick<ClassPort, 'min' | 'max'> | undefined,
  limits: QualityLimits,
): SeriesPoint['quality'] {
  const value = reading.calibratedValue
  if (port?.min !== undefined && value < port.min) return 'out-of-range'
  if (port?.max !== undefined && value > port.max) return 'out-of-range'
  if (reading.quality === 'suspect') return 'suspect'
  if (limits.stuckAfter > 0 && limits.sameInARow >= limits.stuckAfter) return 'suspect'
  if (reading.ingestTs - reading.ts > limits.lateAfterMs) return 'late'
  return 'good'
}
