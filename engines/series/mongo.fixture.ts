/** A series store in a database of its own, on a server that tests share. */
import { randomUUID } from 'node:crypto'

import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectMongo } from '../mongo/connect.ts'
import type { MongoConnection } from '../mongo/connect.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import type { SeriesUnderTest } from '../../nodes/platform/series/contract/fixture.ts'
import { openMongoSeries } from './mongo.ts'
import type { MongoSeries, MongoSeriesOptions } from './mongo.ts'

export interface MongoSeriesUnderTest extends SeriesUnderTest {
  readonly store: MongoSeries
  readonly connection: MongoConnection
  readonly url: string
}

interface Opened {
  readonly connection: MongoConnection
  readonly store: MongoSeries
}

export async function openForTest(
  server: MongoServer,
  options: MongoSeriesOptions & {
    readonly hasTimeSeries?: boolean
    readonly answerWithinMs?: number
    /** Where a database is, when not at the server itself. */
    readonly urlOf?: (database: string) => string
  } = {},
): Promise<MongoSeriesUnderTest> {
  const { urlOf = (database: string) => `${server.url}/${database}` } = options
  const url = urlOf(`test-${randomUUID()}`)
  const open = async (): Promise<Opened> => {
    const connected = await connectMongo({
      url,
      logger: silentLogger,
      answerWithinMs: options.answerWithinMs,
    })
    const { hasTimeSeries = connected.features.hasTimeSeries } = options
    const connection = { ...connected, features: { ...connected.features, hasTimeSeries } }
    return { connection, store: await openMongoSeries(connection, options) }
  }
  let current = await open()
  const abandoned: Opened[] = []
  const close = async ({ store, connection }: Opened): Promise<void> => {
    await store.close()
    await connection.close()
  }
  return {
    url,
    get store() {
      return current.store
    },
    get connection() {
      return current.connection
    },
    async reopen() {
      await close(current)
      current = await open()
    },
    async crash() {
      // Another process comes; this one never learns of it.
      abandoned.push(current)
      current = await open()
    },
    async settle() {
      await current.store.settled()
    },
    async close() {
      if (server.process === undefined) await current.connection.db.dropDatabase()
      for (const each of [...abandoned, current]) await close(each)
    },
  }
}
