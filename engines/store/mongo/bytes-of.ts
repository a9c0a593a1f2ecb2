/** What an organization's documents take in a database. */
import type { Db } from 'mongodb'
import { rowId } from './row.ts'

/** Of the series, and of the engine. */
const NO_DOCUMENTS = /^(?:engine|series|system)\.|^probe$/

/** The names of collections that are the store's. */
export async function documentsIn(db: Db): Promise<readonly string[]> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray()
  return collections.map(({ name }) => name).filter((name) => !NO_DOCUMENTS.test(name))
}

export async function bytesOf(db: Db, orgId: string): Promise<number> {
  // All whose ids begin with the organization's: `0` comes after `/`.
  const own = { _id: { $gte: rowId(orgId, ''), $lt: `${orgId}0` } }
  let bytes = 0
  for (const name of await documentsIn(db)) {
    const sum = { $group: { _id: null, bytes: { $sum: { $bsonSize: '$$ROOT' } } } }
    const [found] = await db
      .collection(name)
      .aggregate([{ $match: own }, sum])
      .toArray()
    bytes += Number(found?.['bytes'] ?? 0)
  }
  return bytes
}
