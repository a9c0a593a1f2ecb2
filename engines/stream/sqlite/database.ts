import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type LogCopy, LogKeeper, pagesForEngine } from '../../checkpoints/log-keeper.ts'

/** SQLite's primary result codes that this adapter tells apart. */
const resultCodes = {
  error: 1,
  corrupt: 11,
  full: 13,
  tooBig: 18,
  mismatch: 20,
  misuse: 21,
  range: 25,
  notADatabase: 26,
}
const lasting: ReadonlySet<number> = new Set(
  Object.values(resultCodes).filter((code) => code !== resultCodes.full),
)

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined
  return error.errcode & 0xff
}

/** The engine's trouble (locked, full, I/O), which passes; anything else stays however often it is tried. */
export function isPassing(error: unknown): boolean {
  const code = resultCode(error)
  return code !== undefined && !lasting.has(code)
}

export function isFull(error: unknown): boolean {
  return resultCode(error) === resultCodes.full
}

export function isCorrupt(error: unknown): boolean {
  const code = resultCode(error)
  if (code === resultCodes.corrupt || code === resultCodes.notADatabase) return true
  // A number beyond what we ever write.
  return error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
}

/** A batch is tens of pages: larger pages than SQLite's 4 KiB mean fewer to chain, log and check. */
const pageBytes = 8192
/** A checkpoint syncs twice, however much it copies: every 32 MiB is rare, and replayed in a moment after a crash. */
const checkpointPages = 4096

const schema = `
  CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, trimmed_to INTEGER NOT NULL DEFAULT 0,
    trimmed_bytes INTEGER NOT NULL DEFAULT 0, trimmed_ms REAL NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS cursor (
    stream INTEGER NOT NULL, name TEXT NOT NULL, committed INTEGER NOT NULL, PRIMARY KEY (stream, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS trial (
    stream INTEGER NOT NULL, name TEXT NOT NULL, is_running INTEGER NOT NULL, careful_to INTEGER NOT NULL, kept TEXT,
    PRIMARY KEY (stream, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tail (stream INTEGER PRIMARY KEY, position INTEGER NOT NULL);
`

export interface DatabaseOptions {
  readonly file: string
  readonly maxBytes?: number | undefined
  /** Who copies the log; the engine itself by default, on the event loop. */
  readonly copyLog?: LogCopy
}

/** One connection for writing and reading; every call is short, so one never waits for the other. */
export class Database {
  readonly #sqlite: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #rollback: StatementSync
  readonly #dataVersion: StatementSync
  readonly #file: string
  readonly #copyLog: LogCopy | undefined
  #wal: number | undefined
  #seenVersion: unknown

  /** Throws SQLite's errors; busy ones too, since nothing here may wait and block the event loop. */
  constructor({ copyLog, file, maxBytes }: DatabaseOptions) {
    this.#copyLog = copyLog
    this.#file = file
    this.#sqlite = new DatabaseSync(file, { timeout: 0 })
    try {
      this.#sqlite.exec(`PRAGMA page_size = ${pageBytes}`)
      const mode = this.#sqlite.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
      if (mode !== 'wal')
        throw new Error(`${file} cannot have a write-ahead log (journal mode ${String(mode)})`)
      this.#sqlite.exec(`PRAGMA wal_autocheckpoint = ${pagesForEngine(checkpointPages, copyLog)}`)
      this.#sqlite.exec('PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864')
      if (maxBytes !== undefined) {
        const size = Number(this.#sqlite.prepare('PRAGMA page_size').get()?.['page_size'] ?? pageBytes)
        this.#sqlite.exec(`PRAGMA max_page_count = ${Math.max(16, Math.floor(maxBytes / size))}`)
      }
      this.#sqlite.exec(schema)
      this.#begin = this.prepare('BEGIN IMMEDIATE')
      this.#commit = this.prepare('COMMIT')
      this.#rollback = this.prepare('ROLLBACK')
      this.#dataVersion = this.prepare('PRAGMA data_version')
      this.#seenVersion = this.#dataVersion.get()?.['data_version']
    } catch (error) {
      this.#sqlite.close()
      throw error
    }
  }

  prepare(sql: string): StatementSync {
    return this.#sqlite.prepare(sql)
  }

  exec(sql: string): void {
    this.#sqlite.exec(sql)
  }

  /** Everything in `work` is committed when this returns, and durable after {@link sync}; nothing of it is when it throws. */
  transact<T>(work: () => T): T {
    this.#begin.run()
    try {
      const result = work()
      this.#commit.run()
      return result
    } catch (error) {
      // Some errors (a full disk among them) have rolled back already.
      if (this.#sqlite.isTransaction) this.#rollback.run()
      throw error
    }
  }

  /**
   * Resolves when all that was committed before is on disk. With synchronous=NORMAL SQLite syncs the log before and the
   * file after each checkpoint, and the log's header when it starts anew; what FULL does beyond that is to sync the log
   * after each commit, which is done here, in another thread: a slow disk holds up acknowledgments, not the event loop.
   */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#walDescriptor(), (error) => (error === null ? resolve() : reject(error)))
    })
  }

  syncNow(): void {
    fdatasyncSync(this.#walDescriptor())
  }

  /** The log is one file for as long as a connection is open; any descriptor of it syncs it. */
  #walDescriptor(): number {
    this.#wal ??= openSync(`${this.#file}-wal`, 'r+')
    return this.#wal
  }

  logKeeper(): LogKeeper | undefined {
    const [file, copy] = [this.#file, this.#copyLog]
    if (copy === undefined) return undefined
    const statements = {
      NOOP: this.prepare('PRAGMA wal_checkpoint(NOOP)'),
      PASSIVE: this.prepare('PRAGMA wal_checkpoint(PASSIVE)'),
    }
    return new LogKeeper({
      file,
      pages: checkpointPages,
      copy,
      checkpoint: (mode) => statements[mode].get(),
    })
  }

  /** Whether another connection has written since this was last asked. */
  changedElsewhere(): boolean {
    const version = this.#dataVersion.get()?.['data_version']
    if (version === this.#seenVersion) return false
    this.#seenVersion = version
    return true
  }

  /** Pages in use, of those that the file may have. */
  fullness(): number {
    const pages = (pragma: string): number => Number(this.prepare(`PRAGMA ${pragma}`).get()?.[pragma])
    return (pages('page_count') - pages('freelist_count')) / pages('max_page_count')
  }

  close(): void {
    if (this.#wal !== undefined) closeSync(this.#wal)
    this.#sqlite.close()
  }
}
