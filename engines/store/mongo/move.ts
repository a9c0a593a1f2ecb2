/**
 * Moves an organization between the pooled database and one of its own, while no instance runs. Not every server has
 * transactions: a mark says that a move is under way, and until it is done (again, after a crash) the store does not open.
 */
import type { Collection as Table, Db, Document as Bson } from 'mongodb'
import type { MongoConnection } from '../../mongo/connect.ts'
import { assertOrganizationId } from '../names.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { documentsIn } from './bytes-of.ts'
import { holdsFor } from './everywhere-keys.ts'
import { ensureIndexes } from './indexes.ts'
import { databaseNameOf, databasesOf } from './places.ts'
import { storedOf, type Row } from './row.ts'

export interface Move {
  readonly connection: MongoConnection
  readonly orgId: string
  readonly to: 'pooled' | 'dedicated'
  /** All there are: their keys that are unique everywhere go along. */
  readonly collections: readonly CollectionSpec<Document>[]
}

const CHUNK = 200

/** Resolves with how many documents were moved; those of a move that was cut short included. @throws InvalidName */
export async function moveOrganization(move: Move): Promise<number> {
  const { connection, orgId, to } = move
  assertOrganizationId(orgId)
  const databases = databasesOf(connection.db)
  const row = await databases.findOne({ _id: orgId })
  const from = row === null ? 'pooled' : 'dedicated'
  if (from === to && row?.moving === undefined) return 0
  if (row === null && (await isEmpty(connection.db, orgId))) return 0
  const database = row?.database ?? databaseNameOf(connection.db.databaseName, orgId)
  await databases.updateOne({ _id: orgId }, { $set: { database, moving: to } }, { upsert: true })
  const own = connection.database(database)
  const [source, target] = to === 'dedicated' ? [connection.db, own] : [own, connection.db]
  // Before the documents are where the rows that hold their keys are in the way.
  await removeHolds(move)
  if (to === 'pooled') await ensureKeys(move)
  for (const name of await documentsIn(source))
    await copy(source.collection(name), target.collection(name), orgId)
  let moved = 0
  for (const name of await documentsIn(source))
    moved += (await source.collection<Row>(name).deleteMany({ org: orgId })).deletedCount
  if (to === 'dedicated') {
    await insertHolds(move, own)
    await databases.updateOne({ _id: orgId }, { $unset: { moving: '' } })
  } else {
    await own.dropDatabase()
    await databases.deleteOne({ _id: orgId })
  }
  return moved
}

async function isEmpty(db: Db, orgId: string): Promise<boolean> {
  for (const name of await documentsIn(db))
    if ((await db.collection(name).findOne({ org: orgId }, { projection: { _id: 1 } })) !== null) return false
  return true
}

/** Rows as they are, with version, form and lease. What is there from a move that was cut short is replaced. */
async function copy(source: Table, target: Table, orgId: string): Promise<void> {
  let chunk: Bson[] = []
  const write = async (): Promise<void> => {
    const rows = chunk
    chunk = []
    if (rows.length === 0) return
    await target.bulkWrite(
      rows.map((row) => ({ replaceOne: { filter: { _id: row['_id'] }, replacement: row, upsert: true } })),
      { ordered: false },
    )
  }
  for await (const row of source.find({ org: orgId })) if (chunk.push(row) >= CHUNK) await write()
  await write()
}

const keyed = (collections: Move['collections']): Move['collections'] =>
  collections.filter(({ uniqueEverywhere }) => uniqueEverywhere !== undefined)

async function removeHolds({ collections, connection, orgId }: Move): Promise<void> {
  for (const { name } of keyed(collections))
    await connection.db.collection(name).deleteMany({ 'org.of': orgId })
}

async function ensureKeys({ collections, connection: { db, features } }: Move): Promise<void> {
  for (const spec of keyed(collections))
    await ensureIndexes(db.collection<Row>(spec.name), spec, features.hasGeoIndex)
}

async function insertHolds(move: Move, own: Db): Promise<void> {
  await ensureKeys(move)
  for (const spec of keyed(move.collections))
    for await (const row of own.collection<Row>(spec.name).find({ org: move.orgId })) {
      const holds = holdsFor(spec, move.orgId, storedOf(spec, row).document, Date.now())
      if (holds.length > 0) await move.connection.db.collection(spec.name).insertMany([...holds])
    }
}
