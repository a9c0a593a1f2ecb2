import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { silentLogger } from '../../nodes/platform/logger.ts'
import { asItems, itemsOf, readings } from '../../nodes/platform/series/contract/fixture.ts'
import { THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import { openMongo } from './open-mongo.ts'
import { isMongoMissing, isServerOurs, mongoServerName, startMongoServer } from './testing/server.fixture.ts'
import type { MongoServer } from './testing/server.fixture.ts'

describe.skipIf(isMongoMissing || !isServerOurs)(
  `MongoDB that is no replica set (${mongoServerName})`,
  { timeout: 30_000 },
  () => {
    let server: MongoServer
    beforeAll(async () => {
      server = await startMongoServer(false)
    }, 60_000)
    afterAll(() => server.close())

    it('keeps documents and readings, after one warning of what is missing', async () => {
      const warn = vi.fn<(fields: object, message: string) => void>()
      const options = { url: `${server.url}/single`, logger: { ...silentLogger, warn } }
      const first = await openMongo(options)
      expect(warn).toHaveBeenCalledTimes(1)
      expect(warn.mock.calls[0]?.[0]).toEqual({
        missing: ['replica set: what is acknowledged is on one disk only'],
      })
      await first.store.organization('acme').collection(THINGS).insert({ id: 'a', serial: 's' })
      await first.series.append(readings(10))
      await first.close()
      await expect(first.series.append(readings(1))).rejects.toMatchObject({ name: 'SeriesUnavailable' })
      const again = await openMongo(options)
      expect(await again.store.organization('acme').collection(THINGS).count({ serial: 's' })).toBe(1)
      expect(await itemsOf(again.series)).toEqual(asItems(readings(10)))
      await again.series.append(readings(12))
      expect(await itemsOf(again.series)).toEqual(asItems(readings(12)))
      await again.close()
    })

    it('is waited for no longer than told', async () => {
      const opening = openMongo({
        url: 'mongodb://127.0.0.1:1/',
        logger: silentLogger,
        connectWithinMs: 10,
      })
      await expect(opening).rejects.toThrow(/ECONNREFUSED/)
    })
  },
)
