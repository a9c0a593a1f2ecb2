import { randomUUID } from 'node:crypto'

import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'

import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectMongo } from '../mongo/connect.ts'
import type { MongoConnection } from '../mongo/connect.ts'
import {
  isMongoMissing,
  mongoServerName,
  reportServer,
  startMongoServer,
} from '../mongo/testing/server.fixture.ts'
import type { MongoServer } from '../mongo/testing/server.fixture.ts'
import { describePlaces } from '../../nodes/platform/store/contract/places.ts'
import { openMongoStore } from './mongo.ts'
import { databaseNameOf } from './mongo/places.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { describeStoreContract } from '../../nodes/platform/store/store.contract.ts'
import type { StoreUnderTest } from '../../nodes/platform/store/store.contract.ts'

describe.skipIf(isMongoMissing)(`MongoDB (${mongoServerName})`, () => {
  let server: MongoServer
  beforeAll(async () => {
    server = await startMongoServer()
    reportServer(server)
  }, 60_000)
  afterAll(() => server.close())

  const open =
    (features: Partial<MongoConnection['features']>, dedicated: readonly string[] = []) =>
    async (): Promise<StoreUnderTest> => {
      const url = `${server.url}/test-${randomUUID()}`
      const connect = async (): Promise<{ connection: MongoConnection; store: Store }> => {
        const connected = await connectMongo({ url, logger: silentLogger })
        const connection = { ...connected, features: { ...connected.features, ...features } }
        return { connection, store: await openMongoStore(connection) }
      }
      let current = await connect()
      for (const orgId of dedicated) await current.store.dedicate?.(orgId)
      const close = async (): Promise<void> => {
        await current.store.close()
        await current.connection.close()
      }
      return {
        store: current.store,
        reopen: async () => {
          await close()
          current = await connect()
          return current.store
        },
        close: async () => {
          // A server of this test's own takes its data along.
          if (server.process === undefined) {
            const { database, db } = current.connection
            for (const orgId of dedicated)
              await database(databaseNameOf(db.databaseName, orgId)).dropDatabase()
            await db.dropDatabase()
          }
          await close()
        },
      }
    }

  describeStoreContract('A store on MongoDB', open({}), 180_000)
  describeStoreContract('A store on MongoDB, one organization dedicated,', open({}, ['other']), 180_000)

  describe('A store on MongoDB without 2dsphere', () => {
    let current: StoreUnderTest | undefined
    beforeEach(async () => {
      current = await open({ hasGeoIndex: false })()
    })
    afterEach(() => current?.close())
    describePlaces(() => {
      if (current === undefined) throw new Error('No store is open')
      return current
    })
  })
})
