import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'

const SCHEMA_VERSION = 3
const SCHEMA = `
  CREATE TABLE retained (topic TEXT PRIMARY KEY, qos INTEGER NOT NULL, payload ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE subscription (
    client_id TEXT NOT NULL, topic TEXT NOT NULL, options TEXT NOT NULL, PRIMARY KEY (client_id, topic)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE outgoing (
    seq INTEGER PRIMARY KEY, client_id TEXT NOT NULL, header TEXT NOT NULL, message_id INTEGER, payload ANY
  ) STRICT;
  CREATE INDEX outgoing_client ON outgoing (client_id);
  CREATE TABLE incoming (
    client_id TEXT NOT NULL, message_id INTEGER NOT NULL, PRIMARY KEY (client_id, message_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE will (client_id TEXT PRIMARY KEY, header TEXT NOT NULL, payload ANY NOT NULL) STRICT, WITHOUT ROWID;
`
const SESSION_EXPIRY = `
  CREATE TABLE expiry (
    client_id TEXT PRIMARY KEY, expiry_ms INTEGER NOT NULL, ends_at INTEGER
  ) STRICT, WITHOUT ROWID;
`
const MESSAGE_EXPIRY = `
  ALTER TABLE retained ADD COLUMN expires_at INTEGER;
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/** Opens the broker's file; `synchronous = FULL` because a promise kept is a commit that reached the disk. */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (version > SCHEMA_VERSION) {
    database.close()
    throw new Error(
      `${file} was written by a newer version (schema ${version}, this one knows ${SCHEMA_VERSION})`,
    )
  }
  const steps = [SCHEMA, SESSION_EXPIRY, MESSAGE_EXPIRY].slice(version)
  if (steps.length > 0) database.exec(`BEGIN; ${steps.join('')} COMMIT`)
  return database
}

/** Collects the writes of one turn of the event loop into one transaction, one fsync. */
export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #onFailed: (error: unknown) => void
  #statements: StatementSync[] = []
  #parameters: SQLInputValue[][] = []
  #batch: PromiseWithResolvers<void> | undefined

  constructor(database: DatabaseSync, onFailed: (error: unknown) => void) {
    this.#database = database
    this.#onFailed = onFailed
  }

  /** Resolves once the write is on disk; may be left unawaited where a lost write only means sending again. */
  write(statement: StatementSync, ...parameters: SQLInputValue[]): Promise<void> {
    this.#statements.push(statement)
    this.#parameters.push(parameters)
    if (!this.#batch) {
      this.#batch = Promise.withResolvers<void>()
      // Whoever awaits sees the failure; this keeps a batch that nobody awaits from ending the process.
      this.#batch.promise.catch(() => undefined)
      setImmediate(() => this.flush())
    }
    return this.#batch.promise
  }

  flush(): void {
    const batch = this.#batch
    if (!batch) return
    const statements = this.#statements
    const parameters = this.#parameters
    this.#batch = undefined
    this.#statements = []
    this.#parameters = []
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (let i = 0; i < statements.length; i++) statements[i]?.run(...(parameters[i] ?? []))
      this.#database.exec('COMMIT')
      batch.resolve()
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      this.#onFailed(error)
      batch.reject(error)
    }
  }
}
