import { chmod, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { ownerOnly } from './files.ts'
import { syncToDisk } from '../../nodes/platform/sync-to-disk.ts'
import { BackupRefused } from './manifest.ts'

/** A writer may be in the middle of a checkpoint, or of recovering the file. */
const busyTimeoutMs = 10_000
const pagesPerStep = 2048

/**
 * One database as it is at a moment, however much is written to it afterwards. Without the open read transaction
 * SQLite's backup would begin again with each write of another process, and under load never end. Writers are not held
 * up; only their log grows until the snapshot is let go.
 */
export class PinnedDatabase {
  readonly name: string
  readonly #db: DatabaseSync

  /** @param name relative to `dataDir` */
  constructor(dataDir: string, name: string) {
    this.name = name
    // Not read-only: the last to close the file then tidies up its log, also when the platform does not run.
    this.#db = new DatabaseSync(path.join(dataDir, name), { timeout: busyTimeoutMs })
    try {
      this.#db.exec('BEGIN')
      // Only a read begins the snapshot.
      this.#db.prepare('SELECT count(*) FROM sqlite_schema').get()
    } catch (error) {
      this.#db.close()
      throw new BackupRefused(`${name} cannot be read: ${messageOf(error)}`, { cause: error })
    }
  }

  /** Writes the snapshot to a file of its own, checked and on disk. @throws BackupRefused when it is not sound */
  async copyTo(file: string): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true, mode: ownerOnly.folder })
    try {
      await backup(this.#db, file, { rate: pagesPerStep })
    } catch (error) {
      throw new BackupRefused(`${this.name} cannot be copied: ${messageOf(error)}`, { cause: error })
    }
    await chmod(file, ownerOnly.file)
    const faults = integrityFaults(file)
    if (faults !== undefined) throw new BackupRefused(`${this.name} is damaged: ${faults}`)
    await syncToDisk(file)
  }

  close(): void {
    this.#db.close()
  }
}

/** What SQLite finds wrong in a file, undefined when it is sound. */
export function integrityFaults(file: string): string | undefined {
  try {
    using db = new DatabaseSync(file)
    const rows = db.prepare('PRAGMA integrity_check(5)').all()
    const found = rows.map((row) => String(row['integrity_check']))
    return found.length === 1 && found[0] === 'ok' ? undefined : found.join('; ')
  } catch (error) {
    return messageOf(error)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
