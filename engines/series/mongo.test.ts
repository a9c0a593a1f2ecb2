import { afterAll, beforeAll, describe } from 'vitest'

import {
  isMongoMissing,
  mongoServerName,
  reportServer,
  startMongoServer,
} from '../mongo/testing/server.fixture.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import { openForTest } from './mongo.fixture.ts'
import { describeSeriesContract } from '../../nodes/platform/series/series.contract.ts'

describe.skipIf(isMongoMissing)(`MongoDB (${mongoServerName})`, () => {
  let server: MongoServer
  beforeAll(async () => {
    server = await startMongoServer()
    reportServer(server)
  }, 60_000)
  afterAll(() => server.close())

  describeSeriesContract('A series store on MongoDB', () => openForTest(server), {
    // The stand-in takes a millisecond a reading.
    many: 5_000,
    timeoutMs: 180_000,
  })
})
