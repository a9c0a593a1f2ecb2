/** What an organization's documents take in a file. */
import { setImmediate } from 'node:timers/promises'
import type { DatabaseFile } from './database-file.ts'

/** A slice takes a few milliseconds, in which nobody else has a turn. */
const DOCUMENTS_AT_ONCE = 2000

/** @throws StoreUnavailable */
export async function bytesOf(file: DatabaseFile, orgId: string): Promise<number> {
  // Where `_` stands for itself.
  const tables = await file.read(() =>
    file.all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'c\\_%' ESCAPE '\\'`),
  )
  let bytes = 0
  for (const { name } of tables) {
    const slice = `SELECT id, length(doc) + length(id) AS bytes FROM "${String(name)}"
      WHERE org = ? AND id > ? ORDER BY id LIMIT ${DOCUMENTS_AT_ONCE}`
    const sql = `SELECT count(*) AS count, sum(bytes) AS bytes, max(id) AS last FROM (${slice})`
    for (let last = '', count = DOCUMENTS_AT_ONCE; count === DOCUMENTS_AT_ONCE;) {
      const row = await file.read(() => file.get(sql, [orgId, last]))
      bytes += Number(row?.['bytes'] ?? 0)
      const { count: found = 0, last: id } = row ?? {}
      last = typeof id === 'string' ? id : ''
      count = Number(found)
      await setImmediate()
    }
  }
  return bytes
}
