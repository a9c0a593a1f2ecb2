/** What the composition root opens: everything that MongoDB keeps, over one connection. */
import { openMongoStore } from '../store/mongo.ts'
import type { Store } from '../store/port.ts'
import { connectMongo } from './connect.ts'
import type { MongoOptions } from './connect.ts'

export interface Mongo {
  readonly store: Store
  close(): Promise<void>
}

/** Rejects when the server is not there within half a minute, or refuses the credentials. */
export async function openMongo(options: MongoOptions): Promise<Mongo> {
  const connection = await connectMongo(options)
  const store = openMongoStore(connection)
  return {
    store,
    close: async () => {
      await store.close()
      await connection.close()
    },
  }
}
