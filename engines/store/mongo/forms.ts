/** Brings what earlier programs have left to the version of the spec, by any number of instances at once. */
import type { Collection as Table } from 'mongodb'

import { isDuplicateKey } from '../../mongo/trouble.ts'
import { SchemaConflict } from '../../../nodes/platform/store/errors.ts'
import { formOf } from '../../../nodes/platform/store/upcasted.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { bodyOf, overwriting, storedOf } from './row.ts'
import type { Row } from './row.ts'

const CHUNK = 500

/** @throws SchemaConflict */
export async function rewriteAll<T extends Document>(
  table: Table<Row>,
  spec: CollectionSpec<T>,
): Promise<void> {
  const form = formOf(spec)
  if (form === 1) return
  // What keeps a key for an organization elsewhere is no document.
  const outdated = {
    org: { $type: 'string' as const },
    $or: [{ f: { $exists: false } }, { f: { $lt: form } }],
  }
  for (;;) {
    const rows = await table.find(outdated).limit(CHUNK).toArray()
    await Promise.all(rows.map((row) => rewrite(table, spec, row)))
    if (rows.length < CHUNK) return
  }
}

async function rewrite<T extends Document>(
  table: Table<Row>,
  spec: CollectionSpec<T>,
  row: Row,
): Promise<void> {
  const body = bodyOf(spec, storedOf(spec, row).document)
  try {
    // Whoever changed it meanwhile has brought it up to date.
    await table.updateOne({ _id: row._id, v: row.v }, overwriting(body))
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    throw new SchemaConflict(`Documents of ${spec.name} hold one key since version ${formOf(spec)}`, {
      cause: error,
    })
  }
}
