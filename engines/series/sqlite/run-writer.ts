/** Writes the chunks of one run in ascending order of (series, ts). */
import { f64 } from './element.ts'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

import { ChunkEncoder, chunkChecksum, MAX_CHUNK_ROWS } from './chunk.ts'
import { allocateColumns } from './columns.ts'
import type { Columns } from './columns.ts'
import { INSERT_CHUNK } from './schema.ts'
import type { ChunkRow } from './schema.ts'

export interface NewRun {
  readonly state: 'building' | 'live'
  readonly day: number
  readonly level: number
  /** Default: its own number, the youngest of all. */
  readonly age?: number
  readonly atMs: number
}

export class RunWriter {
  readonly #insertRun: StatementSync
  readonly #finishRun: StatementSync
  readonly #insertChunk: StatementSync
  readonly #encoder = new ChunkEncoder()
  readonly #columns = allocateColumns(MAX_CHUNK_ROWS)
  #filled = 0
  #run = 0
  #series = 0
  #readings = 0
  #chunks = 0
  #bytes = 0
  #minTs = Infinity
  #maxTs = -Infinity

  constructor(db: DatabaseSync) {
    this.#insertRun = db.prepare('INSERT INTO runs (state, day, level, age, at_ms) VALUES (?, ?, ?, ?, ?)')
    this.#finishRun = db.prepare(
      `UPDATE runs SET state = 'live', readings = ?, chunks = ?, bytes = ?, min_ts = ?, max_ts = ?,
       age = iif(age = -1, run, age) WHERE run = ?`,
    )
    this.#insertChunk = db.prepare(INSERT_CHUNK)
  }

  begin(run: NewRun): number {
    const { lastInsertRowid } = this.#insertRun.run(run.state, run.day, run.level, run.age ?? -1, run.atMs)
    this.#run = Number(lastInsertRowid)
    this.#series = 0
    this.#filled = 0
    this.#readings = 0
    this.#chunks = 0
    this.#bytes = 0
    this.#minTs = Infinity
    this.#maxTs = -Infinity
    return this.#run
  }

  /** The chunk that is being filled; the caller writes row `filled` and calls {@link added}. */
  get columns(): Columns {
    return this.#columns
  }

  get filled(): number {
    return this.#filled
  }

  set series(series: number) {
    if (series === this.#series) return
    this.flushChunk()
    this.#series = series
  }

  added(rows: number): void {
    this.#filled += rows
    if (this.#filled === MAX_CHUNK_ROWS) this.flushChunk()
  }

  flushChunk(): void {
    const count = this.#filled
    if (count === 0) return
    this.#filled = 0
    const data = this.#encoder.encode(this.#columns, count)
    const first = f64(this.#columns.ts, 0)
    const last = f64(this.#columns.ts, count - 1)
    this.#insert(this.#series, first, last, count, chunkChecksum(this.#series, data), data)
  }

  /** Takes over a chunk as it is; its checksum has been verified. */
  copy(row: ChunkRow): void {
    this.series = row.series
    this.flushChunk()
    this.#insert(row.series, row.firstTs, row.lastTs, row.readings, row.crc, row.data)
  }

  /** Returns how many readings the run has. */
  finish(): number {
    this.flushChunk()
    if (this.#readings === 0) return 0
    this.#finishRun.run(this.#readings, this.#chunks, this.#bytes, this.#minTs, this.#maxTs, this.#run)
    return this.#readings
  }

  #insert(series: number, first: number, last: number, count: number, crc: number, data: Uint8Array): void {
    this.#insertChunk.run(this.#run, series, first, last, count, crc, data)
    this.#readings += count
    this.#chunks++
    this.#bytes += data.length
    if (first < this.#minTs) this.#minTs = first
    if (last > this.#maxTs) this.#maxTs = last
  }
}
