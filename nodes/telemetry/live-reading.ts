import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { LiveEvent } from '../platform/live/port.ts'
import type { AssessedReading } from './reading.ts'

export interface ReadingEvent extends LiveEvent {
  readonly name: 'reading'
  readonly deviceId: string
  readonly port: number
  readonly ts: string
  readonly rawValue: number
  readonly calibratedValue: number
  readonly quality: string
}

export function readingEvent(reading: AssessedReading): ReadingEvent {
  const { deviceId, port, ts, rawValue, calibratedValue, quality } = reading
  return { name: 'reading', deviceId, port, ts: toIsoTime(ts), rawValue, calibratedValue, quality }
}
