/** The file `series.db`: series, runs and their chunks. */
import type { DatabaseSync } from 'node:sqlite'

/**
 * A run holds readings of one UTC day, sorted by series and ts. Runs are numbered in the order in which they are
 * written and chunks are keyed by run first, so that every insert goes to the right edge of the B-tree.
 */
export interface Run {
  readonly run: number
  readonly day: number
  readonly level: number
  /** Where its readings stand in order of arrival: of two readings of the same ts the one of the lower age stays. */
  readonly age: number
  readonly readings: number
  readonly chunks: number
  readonly bytes: number
  readonly minTs: number
  readonly maxTs: number
  /** When it was written, epoch milliseconds. */
  readonly atMs: number
  /** Whether what is worth it has been rolled up. */
  readonly isRolledUp: boolean
}

/**
 * Ids are kept as JSON text, because SQLite would alter lone surrogates. Chunks have a rowid, because in a table
 * without, every comparison of keys on the way down the tree reads a whole blob.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY AUTOINCREMENT, org TEXT NOT NULL, device TEXT NOT NULL, port INTEGER NOT NULL,
  last_day INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS runs (
  run INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL CHECK (state IN ('building', 'live', 'dead')),
  day INTEGER NOT NULL, level INTEGER NOT NULL, age INTEGER NOT NULL, readings INTEGER NOT NULL DEFAULT 0,
  chunks INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, min_ts INTEGER NOT NULL DEFAULT 0,
  max_ts INTEGER NOT NULL DEFAULT 0, at_ms INTEGER NOT NULL, rolled_up INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS chunks (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, series INTEGER NOT NULL, first_ts INTEGER NOT NULL,
  last_ts INTEGER NOT NULL, readings INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE (run, series, first_ts)
) STRICT;
CREATE TABLE IF NOT EXISTS rollups (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, series INTEGER NOT NULL, width_ms INTEGER NOT NULL,
  first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE (run, series, width_ms)
) STRICT;
CREATE TABLE IF NOT EXISTS set_aside (
  run INTEGER NOT NULL, series INTEGER NOT NULL, first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (run, series, first_ts)
) STRICT;
`

const SCHEMA_VERSION = 2

/** Creates what is missing; what a crash left half done is declared dead, to be swept away later. */
export function prepareSchema(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > SCHEMA_VERSION) throw new Error(`series.db has format ${version}, written by a newer version`)
  db.exec('BEGIN IMMEDIATE')
  try {
    db.exec(SCHEMA)
    if (version === 1) db.exec('ALTER TABLE runs ADD COLUMN rolled_up INTEGER NOT NULL DEFAULT 0')
    db.exec(`UPDATE runs SET state = 'dead' WHERE state = 'building'`)
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

const RUN_COLUMNS = 'run, day, level, age, readings, chunks, bytes, min_ts, max_ts, at_ms, rolled_up'

type Row = Readonly<Record<string, unknown>>

/** Live runs by age. */
export function liveRunsReader(db: DatabaseSync): () => readonly Run[] {
  const statement = db.prepare(`SELECT ${RUN_COLUMNS} FROM runs WHERE state = 'live' ORDER BY age`)
  return () => statement.all().map(toRun)
}

function toRun(row: Row): Run {
  return {
    run: Number(row['run']),
    day: Number(row['day']),
    level: Number(row['level']),
    age: Number(row['age']),
    readings: Number(row['readings']),
    chunks: Number(row['chunks']),
    bytes: Number(row['bytes']),
    minTs: Number(row['min_ts']),
    maxTs: Number(row['max_ts']),
    atMs: Number(row['at_ms']),
    isRolledUp: row['rolled_up'] === 1,
  }
}

export interface ChunkKey {
  readonly run: number
  readonly series: number
  readonly firstTs: number
  readonly lastTs: number
  readonly readings: number
  readonly crc: number
}

export interface ChunkRow extends ChunkKey {
  readonly data: Uint8Array
}

export const INSERT_CHUNK = `INSERT INTO chunks (run, series, first_ts, last_ts, readings, crc, data)
  VALUES (?, ?, ?, ?, ?, ?, ?)`
export const CHUNK_KEY_COLUMNS = 'run, series, first_ts, last_ts, readings, crc'

export function toChunkKey(row: Row): ChunkKey {
  return {
    run: Number(row['run']),
    series: Number(row['series']),
    firstTs: Number(row['first_ts']),
    lastTs: Number(row['last_ts']),
    readings: Number(row['readings']),
    crc: Number(row['crc']),
  }
}

export function toChunkRow(row: Row): ChunkRow {
  const data = row['data']
  // An empty chunk fails its checksum.
  return { ...toChunkKey(row), data: data instanceof Uint8Array ? data : new Uint8Array() }
}
