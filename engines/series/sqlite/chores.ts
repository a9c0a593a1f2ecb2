/** Deleting readings that were asked to go, in slices. */
import { f64 } from './element.ts'
import type { StatementSync } from 'node:sqlite'

import { Chunk, chunkChecksum, ChunkEncoder } from './chunk.ts'
import { lowerBound } from './lower-bound.ts'
import type { RunFile } from './run-file.ts'
import { CHUNK_KEY_COLUMNS, INSERT_CHUNK, toChunkKey } from './schema.ts'
import type { ChunkKey, Run } from './schema.ts'

/** They are valid for all that the run holds of the series, or not at all. */
const DELETE_ROLLUPS = 'DELETE FROM rollups WHERE run = ? AND series = ?'

/** Each step needs a transaction around it and yields how many readings it deleted. */
export function* removeSeries(file: RunFile, series: Int32Array): Generator<number, void> {
  const deleteChunks = file.db.prepare('DELETE FROM chunks WHERE run = ? AND series = ?')
  const deleteRollups = file.db.prepare(DELETE_ROLLUPS)
  const deleteSeries = file.db.prepare('DELETE FROM series WHERE id = ?')
  const recount = recounter(file)
  for (const { run } of file.liveRuns()) {
    let deleted = 0
    for (const id of series) {
      deleted += Number(deleteChunks.run(run, id).changes)
      deleteRollups.run(run, id)
    }
    if (deleted > 0) recount(run)
    yield 0
  }
  for (const id of series) deleteSeries.run(id)
  yield 0
}

/** What is measured in [fromMs, toMs). */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

/** Readings of `series` in the period; each step yields how many distinct ones went. */
export function* pruneSeries(file: RunFile, series: Int32Array, period: Period): Generator<number, void> {
  const pruner = new Pruner(file, period)
  const inPeriod = file.liveRuns().filter((run) => run.minTs < period.toMs && run.maxTs >= period.fromMs)
  for (const runs of Map.groupBy(inPeriod, ({ day }) => day).values()) {
    const touched = new Set<number>()
    for (const id of series) {
      const went = pruner.prune(runs, id, touched)
      if (went > 0) yield went
    }
    const recount = recounter(file)
    for (const run of touched) {
      recount(run)
      yield 0
    }
  }
}

class Pruner {
  readonly #file: RunFile
  readonly #period: Period
  readonly #select: StatementSync
  readonly #data: StatementSync
  readonly #delete: StatementSync
  readonly #insert: StatementSync
  readonly #deleteRollups: StatementSync
  readonly #encoder = new ChunkEncoder()

  constructor(file: RunFile, period: Period) {
    this.#file = file
    this.#period = period
    const { db } = file
    const key = 'run = ? AND series = ? AND first_ts'
    this.#select = db.prepare(
      `SELECT ${CHUNK_KEY_COLUMNS} FROM chunks WHERE ${key} < ? AND last_ts >= ? ORDER BY first_ts`,
    )
    this.#data = db.prepare(`SELECT data FROM chunks WHERE ${key} = ?`)
    this.#delete = db.prepare(`DELETE FROM chunks WHERE ${key} = ?`)
    this.#insert = db.prepare(INSERT_CHUNK)
    this.#deleteRollups = db.prepare(DELETE_ROLLUPS)
  }

  prune(runs: readonly Run[], series: number, touched: Set<number>): number {
    const { fromMs, toMs } = this.#period
    const rows = runs.flatMap(({ run }) => this.#select.all(run, series, toMs, fromMs).map(toChunkKey))
    if (rows.length === 0) return 0
    const went = this.#distinct(rows)
    for (const row of rows) {
      const chunk = this.#straddles(row) ? this.#open(row) : undefined
      if (this.#straddles(row) && chunk === undefined) continue
      touched.add(row.run)
      this.#delete.run(row.run, series, row.firstTs)
      this.#deleteRollups.run(row.run, series)
      if (chunk === undefined) continue
      this.#keep(row, chunk, 0, lowerBound(chunk.ts, fromMs))
      this.#keep(row, chunk, lowerBound(chunk.ts, toMs), chunk.count)
    }
    return went
  }

  #straddles({ firstTs, lastTs }: ChunkKey): boolean {
    return firstTs < this.#period.fromMs || lastTs >= this.#period.toMs
  }

  /** Runs may hold the same reading until they are merged. */
  #distinct(rows: readonly ChunkKey[]): number {
    const sorted = rows.toSorted((a, b) => a.firstTs - b.firstTs)
    let reached = -Infinity
    let apart = true
    for (const row of sorted) {
      if (row.firstTs <= reached || this.#straddles(row)) apart = false
      reached = Math.max(reached, row.lastTs)
    }
    if (apart) return rows.reduce((sum, row) => sum + row.readings, 0)
    const { fromMs, toMs } = this.#period
    const distinct = new Set<number>()
    for (const row of rows)
      for (const ts of this.#open(row)?.ts ?? []) if (ts >= fromMs && ts < toMs) distinct.add(ts)
    return distinct.size
  }

  /** Writes the rows `from` to `end` of a chunk that was deleted anew. */
  #keep(row: ChunkKey, chunk: Chunk, from: number, end: number): void {
    if (from >= end) return
    const data = this.#encoder.encode(
      {
        ts: chunk.ts.subarray(from, end),
        raw: chunk.raw.subarray(from, end),
        calibrated: chunk.calibrated.subarray(from, end),
        ingest: chunk.ingest.subarray(from, end),
        quality: chunk.quality.subarray(from, end),
      },
      end - from,
    )
    const crc = chunkChecksum(row.series, data)
    const first = f64(chunk.ts, from)
    const last = f64(chunk.ts, end - 1)
    this.#insert.run(row.run, row.series, first, last, end - from, crc, data)
  }

  #open(row: ChunkKey): Chunk | undefined {
    const data = this.#data.get(row.run, row.series, row.firstTs)?.['data']
    if (data instanceof Uint8Array && chunkChecksum(row.series, data) === row.crc) return new Chunk(data)
    const { run, series, firstTs, lastTs } = row
    this.#file.onCorruption({ run, series, firstTs, lastTs, reason: 'checksum' })
    return undefined
  }
}

/** Brings a run's directory entry up to date after some of its chunks went. */
function recounter(file: RunFile): (run: number) => void {
  const statement = file.db.prepare(
    `UPDATE runs SET (state, readings, chunks, bytes, min_ts, max_ts) =
     (SELECT iif(count(*) = 0, 'dead', 'live'), ifnull(sum(readings), 0), count(*), ifnull(sum(length(data)), 0),
      ifnull(min(first_ts), 0), ifnull(max(last_ts), 0) FROM chunks WHERE chunks.run = runs.run)
     WHERE run = ? AND state = 'live'`,
  )
  return (run) => void statement.run(run)
}
