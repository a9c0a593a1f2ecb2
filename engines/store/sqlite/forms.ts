/** Brings a collection's table, and what earlier programs have left in it, to what the spec says. */
import { SchemaConflict } from '../../../nodes/platform/store/errors.ts'
import { formOf, upcasted } from '../../../nodes/platform/store/upcasted.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import type { DatabaseFile } from './database-file.ts'
import { takenKey } from './engine-error.ts'
import { ensureTable, isDefined } from './schema.ts'
import type { Table } from './schema.ts'

const CHUNK = 1000

/** Inside a write; at once when this file has been seen to. @throws SchemaConflict */
export function bringUpToDate<T extends Document>(
  file: DatabaseFile,
  table: Table,
  spec: CollectionSpec<T>,
): void {
  if (file.ready.has(table)) return
  ensureTable(file, table)
  if (formOf(spec) > 1) rewriteAll(file, table, spec)
  file.ready.add(table)
}

/** Resolves when what is read is in the form that filters expect. */
export async function readable<T extends Document>(
  file: DatabaseFile,
  table: Table,
  spec: CollectionSpec<T>,
): Promise<void> {
  if (formOf(spec) === 1 || file.ready.has(table)) return
  await file.settled()
  if (await file.read(() => isDefined(file, table))) await file.write(() => bringUpToDate(file, table, spec))
}

function rewriteAll<T extends Document>(file: DatabaseFile, table: Table, spec: CollectionSpec<T>): void {
  const form = formOf(spec)
  const outdated = `SELECT seq, form, json(doc) AS doc FROM ${table.name} WHERE form < ${form} LIMIT ${CHUNK}`
  const rewrite = `UPDATE ${table.name} SET doc = jsonb(?), form = ${form}, version = version + 1 WHERE seq = ?`
  for (;;) {
    const rows = file.all(outdated)
    for (const row of rows) {
      const document = upcasted(spec, JSON.parse(String(row['doc'])), Number(row['form']))
      try {
        file.run(rewrite, [JSON.stringify(document), Number(row['seq'])])
      } catch (error) {
        if (takenKey(error) === undefined) throw error
        throw new SchemaConflict(`Documents of ${spec.name} hold one key since version ${form}`, {
          cause: error,
        })
      }
    }
    if (rows.length < CHUNK) return
  }
}
