/** What every database file holds besides its collections, brought up to date when a file is opened. */
import type { DatabaseSync } from 'node:sqlite'
import { SchemaConflict } from '../../../nodes/platform/store/errors.ts'

/**
 * Forward only, each applied once; number n takes a file from `user_version` n to n + 1. Never edit one that was
 * released. Tables and indexes of collections are not here: they follow their specs (see schema.ts).
 */
export const MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE probe (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL) STRICT;
   CREATE TABLE reserved_key (
     collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, org TEXT NOT NULL, id TEXT NOT NULL,
     PRIMARY KEY (collection, key, value)
   ) STRICT, WITHOUT ROWID;`,
  // The version of each document's form; what is there is of the first.
  (db) => {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'c_*'").all()
    for (const { name } of tables)
      db.exec(`ALTER TABLE "${String(name)}" ADD COLUMN form INTEGER NOT NULL DEFAULT 1`)
  },
]

/** Statements, or what makes them out of what is there. */
export type Migration = string | ((db: DatabaseSync) => void)

/** @throws SchemaConflict when the file was written by a newer program. */
export function migrate(db: DatabaseSync, migrations: readonly Migration[] = MIGRATIONS): void {
  if (versionOf(db) === migrations.length) return
  // The version is read again under the write lock: another process may just have done the same work.
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = versionOf(db)
    if (version > migrations.length) {
      throw new SchemaConflict(`The file is at version ${version}, this program knows ${migrations.length}`)
    }
    for (const migration of migrations.slice(version)) {
      if (typeof migration === 'string') db.exec(migration)
      else migration(db)
    }
    db.exec(`PRAGMA user_version = ${migrations.length}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
}
