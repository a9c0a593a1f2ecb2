/** Takes readings out of chunks that are stored; needs a transaction around it. */
import type { StatementSync } from 'node:sqlite'

import { Chunk, chunkChecksum, ChunkEncoder } from './chunk.ts'
import type { Columns } from './columns.ts'
import { f64 } from './element.ts'
import { lowerBound } from './lower-bound.ts'
import type { RunFile } from './run-file.ts'
import { CHUNK_KEY_COLUMNS, INSERT_CHUNK, toChunkKey } from './schema.ts'
import type { ChunkKey } from './schema.ts'

/** They are valid for all that the run holds of the series, or not at all. */
export const DELETE_ROLLUPS = 'DELETE FROM rollups WHERE run = ? AND series = ?'

export class ChunkEditor {
  readonly #file: RunFile
  readonly #select: StatementSync
  readonly #data: StatementSync
  readonly #delete: StatementSync
  readonly #insert: StatementSync
  readonly #deleteRollups: StatementSync
  readonly #encoder = new ChunkEncoder()

  constructor(file: RunFile) {
    this.#file = file
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

  /** Chunks that may have something with `fromMs` ≤ ts < `toMs`. */
  within(run: number, series: number, fromMs: number, toMs: number): readonly ChunkKey[] {
    return this.#select.all(run, series, toMs, fromMs).map(toChunkKey)
  }

  /** Undefined, and told, when it is damaged. */
  open(row: ChunkKey): Chunk | undefined {
    const data = this.#data.get(row.run, row.series, row.firstTs)?.['data']
    if (data instanceof Uint8Array && chunkChecksum(row.series, data) === row.crc) return new Chunk(data)
    const { run, series, firstTs, lastTs } = row
    this.#file.onCorruption({ run, series, firstTs, lastTs, reason: 'checksum' })
    return undefined
  }

  drop({ firstTs, run, series }: ChunkKey): void {
    this.#delete.run(run, series, firstTs)
    this.#deleteRollups.run(run, series)
  }

  /** Writes the rows `from` to `end` of a chunk that was dropped anew. */
  keep(row: ChunkKey, chunk: Columns, from: number, end: number): void {
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

  /** Takes out the readings of these times, ascending; false when the chunk has none of them. */
  cutOut(row: ChunkKey, times: Float64Array): boolean {
    const begin = lowerBound(times, row.firstTs)
    if ((times[begin] ?? Infinity) > row.lastTs) return false
    const chunk = this.open(row)
    if (chunk === undefined) return false
    const going = new Set(times.subarray(begin, lowerBound(times, row.lastTs + 1)))
    const stays = (_value: number, at: number): boolean => !going.has(f64(chunk.ts, at))
    const ts = chunk.ts.filter(stays)
    if (ts.length === chunk.count) return false
    this.drop(row)
    const rest = {
      ts,
      raw: chunk.raw.filter(stays),
      calibrated: chunk.calibrated.filter(stays),
      ingest: chunk.ingest.filter(stays),
      quality: chunk.quality.filter(stays),
    }
    this.keep(row, rest, 0, ts.length)
    return true
  }
}
