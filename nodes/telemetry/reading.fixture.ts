import type { AssessedReading } from './reading.ts'

/** 2025-09-06T12:00:00Z */
export const noonMs = Date.UTC(2025, 8, 6, 12)

export const aReading = (changes: Partial<AssessedReading> = {}): AssessedReading => ({
  orgId: 'acme',
  deviceId: 'd1',
  port: 1,
  ts: noonMs,
  rawValue: 10,
  ingestTs: noonMs + 1000,
  calibratedValue: 10,
  quality: 'good',
  ...changes,
})
