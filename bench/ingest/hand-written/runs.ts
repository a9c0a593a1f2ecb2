import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { decodeChunk } from './chunk.ts'
import type { StoredReading } from './chunk.ts'

/**
 * A run is a tail sorted by (series, ts): one chunk a series. A chunk's key puts the run above the series, so that a run
 * is written in key order at the end of the file and no page is ever changed again.
 */
export const chunkKey = (run: number, series: number): number => run * 2 ** 24 + series

export interface Run {
  readonly run: number
  readonly minTs: number
  readonly maxTs: number
  readonly rows: number
  /** The log position of the last batch in it: what comes after must be rebuilt from the log. */
  readonly lastSeq: number
}

export interface LatestReading {
  readonly series: number
  readonly ts: number
  readonly raw: number
  readonly calibrated: number
}

/** Opens the file for the worker that writes it, or for the main thread that reads beside it. */
export function openRuns(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  db.exec(`
    PRAGMA page_size = 16384;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 512;
    CREATE TABLE IF NOT EXISTS chunk (key INTEGER PRIMARY KEY, readings BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS run (
      run INTEGER PRIMARY KEY, min_ts REAL NOT NULL, max_ts REAL NOT NULL, rows INTEGER NOT NULL, last_seq INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS latest (
      series INTEGER PRIMARY KEY, ts REAL NOT NULL, raw REAL NOT NULL, calibrated REAL NOT NULL) STRICT`)
  return db
}

/** The finished runs, as the main thread knows them. */
export class RunReader {
  readonly #db: DatabaseSync
  readonly #chunk: StatementSync
  readonly #runs: Run[]

  constructor(path: string) {
    this.#db = openRuns(path)
    this.#chunk = this.#db.prepare('SELECT readings FROM chunk WHERE key = ?')
    this.#runs = this.#db
      .prepare('SELECT * FROM run ORDER BY run')
      .all()
      .map((row) => ({
        run: Number(row['run']),
        minTs: Number(row['min_ts']),
        maxTs: Number(row['max_ts']),
        rows: Number(row['rows']),
        lastSeq: Number(row['last_seq']),
      }))
  }

  get last(): Run | undefined {
    return this.#runs.at(-1)
  }

  get rows(): number {
    return this.#runs.reduce((sum, run) => sum + run.rows, 0)
  }

  add(run: Run): void {
    this.#runs.push(run)
  }

  *latest(): Generator<LatestReading> {
    for (const row of this.#db.prepare('SELECT * FROM latest').iterate()) {
      yield {
        series: Number(row['series']),
        ts: Number(row['ts']),
        raw: Number(row['raw']),
        calibrated: Number(row['calibrated']),
      }
    }
  }

  *range(series: number, fromMs: number, toMs: number): Generator<StoredReading> {
    for (const { run, minTs, maxTs } of this.#runs) {
      if (maxTs < fromMs || minTs >= toMs) continue
      const readings = this.#chunk.get(chunkKey(run, series))?.['readings']
      if (!(readings instanceof Uint8Array)) continue
      for (const reading of decodeChunk(readings)) {
        if (reading.ts >= fromMs && reading.ts < toMs) yield reading
      }
    }
  }

  close(): void {
    this.#db.close()
  }
}
