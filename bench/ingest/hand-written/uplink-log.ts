import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'

export interface LoggedBatch {
  readonly seq: number
  readonly receivedMs: number
  readonly batch: Uint8Array
}

/**
 * The durable log: what a turn of the event loop brought is one blob, one row, one commit and one fsync. Once `append`
 * returns the batch survives a power cut, and may be acknowledged.
 */
export class UplinkLog {
  readonly db: DatabaseSync
  readonly #insert: StatementSync
  #seq: number

  constructor(path: string) {
    this.db = new DatabaseSync(path)
    // Big pages spare long overflow chains. A checkpoint every 16 MB (the number counts pages) is long enough to be rare
    // and short enough (about 10 ms) not to be felt.
    this.db.exec(`
      PRAGMA page_size = 65536;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 256;
      CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, batch BLOB NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS dead_letter (
        seq INTEGER, message INTEGER, reading INTEGER, reason TEXT NOT NULL, PRIMARY KEY (seq, message, reading)
      ) STRICT, WITHOUT ROWID`)
    this.#insert = this.db.prepare('INSERT INTO log VALUES (?, ?, ?)')
    this.#seq = Number(this.db.prepare('SELECT max(seq) AS seq FROM log').get()?.['seq'] ?? 0)
  }

  append(batch: Uint8Array, receivedMs: number): number {
    this.#insert.run(++this.#seq, receivedMs, batch)
    return this.#seq
  }

  *after(seq: number): Generator<LoggedBatch> {
    const rows = this.db.prepare('SELECT seq, received_ms, batch FROM log WHERE seq > ? ORDER BY seq')
    for (const row of rows.iterate(seq)) {
      const batch = row['batch']
      if (!(batch instanceof Uint8Array)) throw new Error('a log row without a batch')
      yield { seq: Number(row['seq']), receivedMs: Number(row['received_ms']), batch }
    }
  }
}
