/**
 * The series on MongoDB: readings in a time-series collection, each stored once although such collections know no
 * unique key. Every device has one writer at a time (`mongo/devices.ts`), who looks up what may be stored already; what
 * slips in behind its back is read once all the same (`mongo/scan.ts`). See docs/decisions.
 */
import { randomUUID } from 'node:crypto'

import type { MongoConnection } from '../mongo/connect.ts'
import { Days } from './mongo/days.ts'
import { Devices } from './mongo/devices.ts'
import { readingSize } from './mongo/reading-size.ts'
import { Roller } from './mongo/roller.ts'
import { MongoSeries } from './mongo/store.ts'
import { openTables } from './mongo/tables.ts'
import { Writer } from './mongo/writer.ts'

export type { MongoSeries } from './mongo/store.ts'

export interface MongoSeriesOptions {
  /** How long an append tries while the server is away, before it rejects; default 20 s. */
  readonly retryWithinMs?: number
  /** How often days are looked for whose totals are due; default 30 s. */
  readonly rollEveryMs?: number
  /** Values that a summary keeps in memory, 8 bytes each; more are read several times. Default 4 million. */
  readonly maxKeptValues?: number
  readonly now?: () => number
}

/** Creates the collections when they are not there. Closing the series leaves the connection open. */
export async function openMongoSeries(
  connection: MongoConnection,
  options: MongoSeriesOptions = {},
): Promise<MongoSeries> {
  const { retryWithinMs = 20_000, rollEveryMs = 30_000, maxKeptValues = 4_000_000, now = Date.now } = options
  const { db, logger } = connection
  const tables = await openTables(connection)
  const devices = new Devices(tables, randomUUID())
  const days = new Days(tables, now)
  let trouble: Error | undefined
  const onTrouble = (error: Error | undefined): void => {
    if (error !== undefined && trouble === undefined)
      logger.warn({ err: error }, 'Series cannot be written; trying again')
    if (error === undefined && trouble !== undefined) logger.info({}, 'Series can be written again')
    trouble = error
  }
  const writer = new Writer({ tables, devices, days, retryWithinMs, onTrouble })
  const roller = new Roller({
    tables,
    now,
    everyMs: rollEveryMs,
    onError: (error) => logger.error({ err: error }, 'Totals of days cannot be worked out'),
  })
  const bytes = async (): Promise<number> => {
    const stats = await db.command({ collStats: 'series.readings' })
    return Number(stats['storageSize'])
  }
  return new MongoSeries({
    tables,
    devices,
    days,
    writer,
    roller,
    trouble: () => trouble,
    bytes,
    readingSize: readingSize(tables.readings, now),
    maxKeptValues,
  })
}
