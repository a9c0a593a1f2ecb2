/** What the composition root opens: everything that MongoDB keeps, over one connection. */
import { openMongoSeries } from '../series/mongo.ts'
import type { SeriesStore } from '../../nodes/platform/series/port.ts'
import { openMongoStore } from '../store/mongo.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { connectMongo } from './connect.ts'
import type { MongoOptions } from './connect.ts'

export interface Mongo {
  readonly store: Store
  readonly series: SeriesStore
  close(): Promise<void>
}

/** Rejects when the server is not there within half a minute, or refuses the credentials. */
export async function openMongo(options: MongoOptions): Promise<Mongo> {
  const connection = await connectMongo(options)
  const store = await openMongoStore(connection)
  const series = await openMongoSeries(connection)
  return {
    store,
    series,
    close: async () => {
      await series.close()
      await store.close()
      await connection.close()
    },
  }
}
