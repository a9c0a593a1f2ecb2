import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { expect, it } from 'vitest'
import { connectMongo } from '../../../engines/mongo/connect.ts'
import {
  isMongoMissing,
  mongoServerName,
  startMongoServer,
} from '../../../engines/mongo/testing/server.fixture.ts'
import { openMongoSeries } from '../../../engines/series/mongo.ts'
import { openMongoStore } from '../../../engines/store/mongo.ts'
import { temporaryDirectory } from '../../../engines/store/testing/processes.ts'
import { silentLogger } from '../../platform/logger.ts'
import { contentOf, exportTo, fill, importFrom, openParts } from './parts.fixture.ts'

it.skipIf(isMongoMissing)(
  `an organization goes from SQLite, pooled, to SQLite, dedicated, to MongoDB (${mongoServerName}), and back`,
  async () => {
    const directory = await temporaryDirectory()
    const folder = (name: string): string => path.join(directory.path, name)
    const server = await startMongoServer()
    const url = `${server.url}/test-${randomUUID()}`
    const connection = await connectMongo({ url, logger: silentLogger, answerWithinMs: 60_000 })
    const mongo = { store: await openMongoStore(connection), series: await openMongoSeries(connection) }
    const places = [
      await openParts(folder('pooled')),
      await openParts(folder('dedicated')),
      await openParts(folder('mongo'), mongo),
      await openParts(folder('back')),
    ]
    const [first, ...others] = places
    if (first === undefined) throw new Error('There is no place')
    await fill(first)
    const before = await contentOf(first)
    let from = first
    for (const [at, to] of others.entries()) {
      const file = folder(`${at}.fleetloom`)
      await exportTo(from, file)
      await importFrom(to, file, at === 2 ? 'pooled' : 'dedicated')
      expect(await contentOf(to)).toEqual(before)
      from = to
    }
    for (const place of places) await place.close()
    await mongo.series.close()
    await mongo.store.close()
    if (server.process === undefined) {
      await connection.database(`${connection.db.databaseName}-org-acme`).dropDatabase()
      await connection.db.dropDatabase()
    }
    await connection.close()
    await server.close()
    await directory.remove()
  },
  300_000,
)
