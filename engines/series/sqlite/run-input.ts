import { Chunk, chunkChecksum } from './chunk.ts'
import { f64 } from './element.ts'
import type { RunFile } from './run-file.ts'
import { toChunkRow } from './schema.ts'
import type { ChunkRow, Run } from './schema.ts'

const FETCH_BYTES = 1_000_000
const FETCH_ROWS = 256

/** Walks the readings of a run in order. */
export class RunInput {
  readonly age: number
  readonly #fetch: (series: number, firstTs: number) => readonly ChunkRow[]
  readonly #file: RunFile
  #rows: readonly ChunkRow[] = []
  #next = 0
  #last = { series: -1, firstTs: 0 }
  row: ChunkRow | undefined
  #chunk: Chunk | undefined
  /** Position within the chunk. */
  at = 0
  ts = 0

  constructor(file: RunFile, run: Run) {
    this.age = run.age
    this.#file = file
    const average = run.bytes / Math.max(1, run.chunks)
    const limit = Math.max(1, Math.min(FETCH_ROWS, Math.floor(FETCH_BYTES / Math.max(1, average))))
    const statement = file.db.prepare(
      `SELECT * FROM chunks WHERE run = ? AND (series, first_ts) > (?, ?) ORDER BY series, first_ts LIMIT ?`,
    )
    this.#fetch = (series, firstTs) => statement.all(run.run, series, firstTs, limit).map(toChunkRow)
    this.nextChunk()
  }

  get chunk(): Chunk {
    if (this.row === undefined) throw new Error('Read beyond the end of a run')
    return (this.#chunk ??= new Chunk(this.row.data))
  }

  nextChunk(): void {
    do {
      if (this.#next === this.#rows.length) {
        this.#rows = this.#fetch(this.#last.series, this.#last.firstTs)
        this.#next = 0
      }
      this.row = this.#rows[this.#next++]
      if (this.row === undefined) return
      this.#last = { series: this.row.series, firstTs: this.row.firstTs }
    } while (!this.#sound(this.row))
    this.#chunk = undefined
    this.at = 0
    this.ts = this.row.firstTs
  }

  seek(at: number): void {
    if (at >= this.chunk.count) this.nextChunk()
    else {
      this.at = at
      this.ts = f64(this.chunk.ts, at)
    }
  }

  #sound(row: ChunkRow): boolean {
    if (chunkChecksum(row.series, row.data) === row.crc) return true
    this.#file.onCorruption({
      run: row.run,
      series: row.series,
      firstTs: row.firstTs,
      lastTs: row.lastTs,
      reason: 'checksum',
    })
    this.#file.db
      .prepare('INSERT OR IGNORE INTO set_aside VALUES (?, ?, ?, ?, ?)')
      .run(row.run, row.series, row.firstTs, row.lastTs, row.data)
    return false
  }
}
