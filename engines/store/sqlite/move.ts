/**
 * Moves an organization between the pooled file and one of its own, while no process has the store open. SQLite's log is kept
 * by file, so no transaction spans two: a mark says that a move is under way, and until it is done (again, after a crash) the
 * store does not open.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { assertOrganizationId } from '../names.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { reservationsOf } from './everywhere-keys.ts'
import { markOf, ownFileOf, POOLED } from './file-names.ts'
import { migrate } from './migrations.ts'

export interface Move {
  readonly directory: string
  readonly orgId: string
  readonly to: 'pooled' | 'dedicated'
  /** All there are: their keys that are unique everywhere go along. */
  readonly collections: readonly CollectionSpec<Document>[]
}

const columns = 'org, id, version, doc, lease_owner, lease_until, form'

/** Resolves with how many documents were moved; those of a move that was cut short included. @throws InvalidName */
export function moveOrganization({ collections, directory, orgId, to }: Move): number {
  assertOrganizationId(orgId)
  const ownFile = join(directory, ownFileOf(orgId))
  const mark = join(directory, markOf(orgId))
  const from = existsSync(ownFile) ? 'dedicated' : 'pooled'
  if (from === to && !existsSync(mark)) return 0
  const db = new DatabaseSync(join(directory, POOLED))
  if (from === 'pooled' && !existsSync(mark) && !hasDocuments(db, orgId)) {
    db.close()
    return 0
  }
  writeFileSync(mark, to, { flush: true })
  let moved: number
  try {
    migrate(db)
    const own = new DatabaseSync(ownFile)
    own.exec('PRAGMA journal_mode = WAL')
    migrate(own)
    own.close()
    db.prepare('ATTACH ? AS own').run(ownFile)
    db.exec('PRAGMA main.synchronous = FULL; PRAGMA own.synchronous = FULL')
    const [source, target] = to === 'dedicated' ? (['main', 'own'] as const) : (['own', 'main'] as const)
    transaction(db, () => copy(db, { source, target, orgId }))
    moved = transaction(db, () => {
      settleKeys(db, { orgId, to, collections })
      return remove(db, source, orgId)
    })
    db.exec('PRAGMA own.wal_checkpoint(TRUNCATE); PRAGMA main.wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
  if (to === 'pooled') for (const end of ['', '-wal', '-shm']) rmSync(ownFile + end, { force: true })
  rmSync(mark)
  return moved
}

const hasDocuments = (db: DatabaseSync, orgId: string): boolean =>
  tablesOf(db, 'main').some(
    ({ name }) => db.prepare(`SELECT 1 FROM main."${name}" WHERE org = ? LIMIT 1`).get(orgId) !== undefined,
  )

interface Ways {
  readonly source: 'main' | 'own'
  readonly target: 'main' | 'own'
  readonly orgId: string
}

/** Rows as they are, with version, form and lease. What is there from a move that was cut short is replaced. */
function copy(db: DatabaseSync, { orgId, source, target }: Ways): void {
  for (const { name, sql } of tablesOf(db, source)) {
    const has = db.prepare(`SELECT 1 FROM ${source}."${name}" WHERE org = ? LIMIT 1`).get(orgId)
    if (has === undefined) continue
    const isThere = tablesOf(db, target).some((table) => table.name === name)
    // Its indexes come when it is first used.
    if (!isThere) db.exec(sql.replace(/^CREATE TABLE (?:\w+\.)?"/, `CREATE TABLE ${target}."`))
    db.prepare(
      `INSERT INTO ${target}."${name}" (${columns}) SELECT ${columns} FROM ${source}."${name}" WHERE org = ?
       ON CONFLICT (org, id) DO UPDATE SET version = excluded.version, doc = excluded.doc, form = excluded.form,
         lease_owner = excluded.lease_owner, lease_until = excluded.lease_until`,
    ).run(orgId)
  }
}

function remove(db: DatabaseSync, source: Ways['source'], orgId: string): number {
  let removed = 0
  for (const { name } of tablesOf(db, source))
    removed += Number(db.prepare(`DELETE FROM ${source}."${name}" WHERE org = ?`).run(orgId).changes)
  return removed
}

function settleKeys(
  db: DatabaseSync,
  { collections, orgId, to }: Pick<Move, 'collections' | 'orgId' | 'to'>,
): void {
  db.prepare('DELETE FROM main.reserved_key WHERE org = ?').run(orgId)
  if (to === 'pooled') return
  const reserve = db.prepare(
    'INSERT OR REPLACE INTO main.reserved_key (collection, key, value, org, id) VALUES (?, ?, ?, ?, ?)',
  )
  const there = new Set(tablesOf(db, 'own').map(({ name }) => name))
  for (const spec of collections) {
    if (spec.uniqueEverywhere === undefined || !there.has(`c_${spec.name}`)) continue
    const rows = db
      .prepare(`SELECT id, json(doc) AS doc FROM own."c_${spec.name}" WHERE org = ?`)
      .iterate(orgId)
    for (const { doc, id } of rows)
      for (const [key, value] of reservationsOf(spec, JSON.parse(String(doc))))
        reserve.run(spec.name, key, value, orgId, String(id))
  }
}

function tablesOf(
  db: DatabaseSync,
  schema: 'main' | 'own',
): readonly { readonly name: string; readonly sql: string }[] {
  const sql = `SELECT name, sql FROM ${schema}.sqlite_schema WHERE type = 'table' AND name LIKE 'c\\_%' ESCAPE '\\'`
  return db
    .prepare(sql)
    .all()
    .map((row) => ({ name: String(row['name']), sql: String(row['sql']) }))
}

function transaction<T>(db: DatabaseSync, run: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = run()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
