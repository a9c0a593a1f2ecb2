import type { AssessedReading } from './reading.ts'

/** Port 1 of device `d1` of `acme`, unless told otherwise. */
export const anAssessedReading = (changes: Partial<AssessedReading> = {}): AssessedReading => ({
  orgId: 'acme',
  deviceId: 'd1',
  port: 1,
  ts: 1000,
  rawValue: 5,
  ingestTs: 1500,
  calibratedValue: 6,
  quality: 'good',
  ...changes,
})
