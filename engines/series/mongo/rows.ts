/** Readings as they lie in MongoDB, and what makes one of several copies of the same. */
import type { Document as Bson } from 'mongodb'

import type { Quality, SeriesPoint, SeriesReading } from '../../../nodes/platform/series/port.ts'
import { encodeId } from './names.ts'
import { exactTime, timeFields } from './time.ts'

export type PortPoint = SeriesPoint & { readonly port: number }

export function rowOf(reading: SeriesReading, epoch: number): Bson {
  const { orgId, deviceId, port, rawValue, calibratedValue, quality, ingestTs } = reading
  return {
    ...timeFields(reading.ts),
    meta: { orgId: encodeId(orgId), deviceId: encodeId(deviceId), port },
    rawValue,
    calibratedValue,
    quality,
    ingestTs,
    epoch,
  }
}

export function portOf(row: Bson): number {
  return Number(row['meta']?.['port'])
}

export function pointOf(row: Bson): PortPoint {
  return {
    port: portOf(row),
    ts: exactTime(row),
    rawValue: Number(row['rawValue']),
    calibratedValue: Number(row['calibratedValue']),
    quality: qualityOf(row),
    ingestTs: Number(row['ingestTs']),
  }
}

export function qualityOf(row: Bson): Quality {
  const value: unknown = row['quality']
  return value === 'good' || value === 'out-of-range' || value === 'late' ? value : 'suspect'
}

/**
 * Copies of a reading are told apart by the epoch of who wrote them: the newest owner has looked up what there was, so
 * a copy of an older one can only have come in behind its back.
 */
export function winsOver(row: Bson, other: Bson): boolean {
  return Number(row['epoch']) > Number(other['epoch'])
}
