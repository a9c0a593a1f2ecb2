/** The collections that the series live in; created by any number of instances at once. */
import { MongoServerError } from 'mongodb'
import type { Collection, Document as Bson } from 'mongodb'

import type { MongoConnection } from '../../mongo/connect.ts'

/** Who writes a device's readings, and how far it may have come. */
export interface DeviceRow extends Bson {
  readonly _id: string
  readonly org: string
  readonly device: string
  readonly writer: string
  /** Grows with every change of the writer. */
  readonly epoch: number
  /** Nobody has stored a reading measured at or after this time, epoch milliseconds. */
  readonly ahead?: number
  readonly ports?: readonly number[]
}

/** Totals of a stretch of time: count, min, max, sum in `Totals`' unit, last. */
export type TotalsRow = readonly [number, number, number, number, number]

/** A day of one series: whether its totals are true, and if so, the totals. */
export interface DayRow extends Bson {
  readonly _id: string
  readonly org: string
  readonly device: string
  readonly port: number
  readonly day: number
  /** Grows before readings are stored. The totals are true while `rolled` equals it. */
  readonly marks: number
  readonly rolled?: number
  /** When the totals are to be worked out, epoch milliseconds; absent when nothing is to be done. */
  readonly dueMs?: number
  readonly total?: TotalsRow
  /** By hour of the day. */
  readonly hours?: Readonly<Record<string, TotalsRow>>
}

export interface Tables {
  readonly readings: Collection
  readonly devices: Collection<DeviceRow>
  readonly days: Collection<DayRow>
}

const NAMESPACE_EXISTS = 48
/** Buckets of up to a day: devices report every few seconds or minutes. */
const GRANULARITY = 'minutes'

export async function openTables({ db, features }: MongoConnection): Promise<Tables> {
  // Where reads decide that something need not be written, they must not see what a fail-over can take back.
  const options = features.isReplicated ? { readConcern: { level: 'majority' as const } } : {}
  if (features.hasTimeSeries) {
    const timeseries = { timeField: 'ts', metaField: 'meta', granularity: GRANULARITY }
    await db.createCollection('series.readings', { timeseries }).catch((error: unknown) => {
      if (!(error instanceof MongoServerError) || error.code !== NAMESPACE_EXISTS) throw error
    })
  }
  const readings = db.collection('series.readings', options)
  const devices = db.collection<DeviceRow>('series.devices', options)
  const days = db.collection<DayRow>('series.days', options)
  await readings.createIndexes([
    { key: { 'meta.orgId': 1, 'meta.deviceId': 1, ts: 1 } },
    { key: { 'meta.orgId': 1, 'meta.deviceId': 1, 'meta.port': 1, ts: 1 } },
  ])
  await devices.createIndexes([{ key: { org: 1 } }])
  await days.createIndexes([{ key: { org: 1, device: 1, port: 1, day: 1 } }, { key: { dueMs: 1 } }])
  return { readings, devices, days }
}
