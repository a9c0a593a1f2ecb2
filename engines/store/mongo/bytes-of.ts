/** What an organization's documents take in a database. */
import type { Db } from 'mongodb'
import { rowId } from './row.ts'

/** Of the series, and of the engine. */
const NO_DOCUMENTS = /^(?:series|system)\.|^probe$/

export async function bytesOf(db: Db, orgId: string): Promise<number> {
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
  // All whose ids begin with the organization's: `0` comes after `/`.
  const own = { _id: { $gte: rowId(orgId, ''), $lt: `${orgId}0` } }
  let bytes = 0
  for (const name of names) {
    if (NO_DOCUMENTS.test(name)) continue
    const sum = { $group: { _id: null, bytes: { $sum: { $bsonSize: '$$ROOT' } } } }
    const [found] = await db
      .collection(name)
      .aggregate([{ $match: own }, sum])
      .toArray()
    bytes += Number(found?.['bytes'] ?? 0)
  }
  return bytes
}
