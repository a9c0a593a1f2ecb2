import { DatabaseSync } from 'node:sqlite'

/**
 * Copies what the log of a file holds into the file, as far as nobody reads what was there before, and syncs both; others
 * write and read meanwhile, and nobody is waited for (PASSIVE, https://sqlite.org/c3ref/wal_checkpoint_v2.html). Takes as
 * long as the disk does, so it is for a thread that has time. Throws what SQLite does; then the log holds what it held.
 */
export function copyLog(file: string): void {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_checkpoint(PASSIVE)')
  } finally {
    database.close()
  }
}
