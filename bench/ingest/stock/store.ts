import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { AgeHistogram } from '../age-histogram.ts'

type Row = [device: string, port: number, ts: number, raw: number, calibrated: number]

const commitEveryMs = 50
const commitEveryRows = 1000

/**
 * SQLite as a friendly integrator sets it up: a prepared statement, the table keyed by (device, port, ts), transactions
 * of up to 1,000 rows or 50 ms, and no fsync a commit.
 */
export class StockStore {
  readonly ages = new AgeHistogram()
  storedReadings = 0
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #timer: NodeJS.Timeout
  /** The times of the rows in the open transaction; no one else can read those yet. */
  #pending: number[] = []

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE reading (
        device TEXT, port INTEGER, ts INTEGER, raw REAL, calibrated REAL, PRIMARY KEY (device, port, ts)
      ) WITHOUT ROWID`)
    this.#insert = this.#db.prepare('INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?, ?)')
    this.#timer = setInterval(() => this.#commit(), commitEveryMs)
  }

  insert(row: Row): void {
    if (this.#pending.length === 0) this.#db.exec('BEGIN')
    this.#insert.run(...row)
    this.#pending.push(row[2])
    if (this.#pending.length >= commitEveryRows) this.#commit()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#commit()
    this.#db.close()
  }

  #commit(): void {
    if (this.#pending.length === 0) return
    this.#db.exec('COMMIT')
    const now = Date.now()
    for (const ts of this.#pending) this.ages.record(now - ts)
    this.storedReadings += this.#pending.length
    this.#pending = []
  }
}
