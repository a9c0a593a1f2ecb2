/** The main thread's side of `series.db`: reads, through a connection of its own that no writer disturbs. */
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'

import { Chunk, chunkChecksum, dayOf } from './chunk.ts'
import { lowerBound } from './lower-bound.ts'
import type { Corruption, StoredSeries } from './protocol.ts'
import { rollupChecksum } from './rollup.ts'
import { RunWeights } from './run-weights.ts'
import { CHUNK_KEY_COLUMNS, liveRunsReader, toChunkKey, toChunkRow } from './schema.ts'
import type { Run } from './schema.ts'

/** Only a damaged or recovering file makes a reader wait at all, and it blocks the main thread. */
const BUSY_TIMEOUT_MS = 250
/** Unpacked chunks kept for the next page of the same query, at most 140 kB each. */
const CACHED_CHUNKS = 64

export interface FoundChunk {
  readonly firstTs: number
  readonly lastTs: number
  /** Undefined when it is damaged. */
  readonly chunk: Chunk | undefined
}

export interface FoundRollup {
  readonly firstTs: number
  readonly lastTs: number
  readonly data: Uint8Array
}

export class SeriesReader {
  readonly #db: DatabaseSync
  readonly #onCorruption: (corruption: Corruption) => void
  readonly #liveRuns: () => readonly Run[]
  readonly #dataVersion: StatementSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #atOrBefore: StatementSync
  readonly #before: StatementSync
  readonly #after: StatementSync
  readonly #data: StatementSync
  readonly #within: StatementSync
  readonly #firstTs: StatementSync
  readonly #firstOfEach: StatementSync
  readonly #rollup: StatementSync
  readonly #lastTail: StatementSync
  readonly #cache = new Map<string, FoundChunk>()
  #weights: RunWeights | undefined
  #version: unknown
  #runs: readonly Run[] = []
  #byMaxTs: readonly Run[] | undefined
  #byDay: ReadonlyMap<number, readonly Run[]> | undefined

  constructor(path: string, onCorruption: (corruption: Corruption) => void) {
    this.#onCorruption = onCorruption
    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
    this.#db = db
    db.exec('PRAGMA cache_size = -16384')
    this.#liveRuns = liveRunsReader(db)
    this.#dataVersion = db.prepare('PRAGMA data_version')
    this.#begin = db.prepare('BEGIN')
    this.#commit = db.prepare('COMMIT')
    const select = `SELECT ${CHUNK_KEY_COLUMNS} FROM chunks WHERE run = ? AND series = ? AND first_ts`
    this.#atOrBefore = db.prepare(`${select} <= ? ORDER BY first_ts DESC LIMIT 1`)
    this.#before = db.prepare(`${select} < ? ORDER BY first_ts DESC LIMIT 1`)
    this.#after = db.prepare(`${select} > ? ORDER BY first_ts LIMIT 1`)
    this.#data = db.prepare('SELECT data FROM chunks WHERE run = ? AND series = ? AND first_ts = ?')
    this.#within = db.prepare(
      `SELECT * FROM chunks WHERE run = ? AND series = ? AND first_ts < ? AND last_ts >= ? ORDER BY first_ts`,
    )
    this.#lastTail = db.prepare(`SELECT value FROM meta WHERE key = 'last_tail'`)
    this.#rollup = db.prepare(
      'SELECT first_ts, last_ts, crc, data FROM rollups WHERE run = ? AND series = ? AND width_ms = ?',
    )
    this.#firstTs = db.prepare('SELECT min(first_ts) AS ts FROM chunks WHERE run = ? AND series = ?')
    this.#firstOfEach = db.prepare(
      'SELECT series, min(first_ts) AS ts FROM chunks WHERE run = ? GROUP BY series',
    )
  }

  loadSeries(onSeries: (series: StoredSeries) => void): number {
    for (const row of this.#db.prepare('SELECT id, org, device, port, last_day FROM series').iterate()) {
      onSeries({
        id: Number(row['id']),
        orgId: String(JSON.parse(String(row['org']))),
        deviceId: String(JSON.parse(String(row['device']))),
        port: Number(row['port']),
        lastDay: Number(row['last_day']),
      })
    }
    const highest = this.#db.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'series'`).get()
    return Number(highest?.['seq'] ?? 0) + 1
  }

  /** All reads of `body` see the same state of the file. */
  snapshot<T>(body: () => T): T {
    this.#begin.run()
    try {
      const version = this.#dataVersion.get()?.['data_version']
      if (version !== this.#version) {
        this.#runs = this.#liveRuns()
        this.#byMaxTs = undefined
        this.#byDay = undefined
        this.#version = version
      }
      return body()
    } finally {
      // An error may have ended it already.
      if (this.#db.isTransaction) this.#commit.run()
    }
  }

  /** Live runs by age; only within a snapshot, as all that follows. */
  get runs(): readonly Run[] {
    return this.#runs
  }

  /** The last tail whose readings are in runs. */
  lastTail(): number {
    return Number(this.#lastTail.get()?.['value'] ?? 0)
  }

  /** Takes its time, and needs no snapshot: a run that is merged away while it is weighed weighs less. */
  bytesOf(orgId: string): Promise<number> {
    this.#weights ??= new RunWeights(this.#db)
    return this.#weights.of(
      orgId,
      this.snapshot(() => this.#runs),
    )
  }

  bytes(): number {
    const pages = Number(this.#db.prepare('PRAGMA page_count').get()?.['page_count'])
    return pages * Number(this.#db.prepare('PRAGMA page_size').get()?.['page_size'])
  }

  /** The chunk that holds `ts` or, failing that, the one after it. */
  firstChunk(run: number, series: number, ts: number): FoundChunk | undefined {
    return this.#holding(run, series, ts) ?? this.chunkAfter(run, series, ts)
  }

  chunkAfter(run: number, series: number, ts: number): FoundChunk | undefined {
    return this.#open(this.#after.get(run, series, ts))
  }

  /** The last chunk that begins before `ts`. */
  chunkBefore(run: number, series: number, ts: number): FoundChunk | undefined {
    return this.#open(this.#before.get(run, series, ts))
  }

  /** The sound chunks that may hold readings with `fromMs` ≤ ts < `toMs`, by time. They are not kept. */
  chunksOf(run: number, series: number, fromMs: number, toMs: number): readonly Chunk[] {
    return this.#within.all(run, series, toMs, fromMs).flatMap((row) => {
      const chunk = toChunkRow(row)
      const { data, crc, firstTs, lastTs } = chunk
      if (chunkChecksum(series, data) === crc) return [new Chunk(data)]
      this.#onCorruption({ run, series, firstTs, lastTs, reason: 'checksum' })
      return []
    })
  }

  /** Of all that a run holds of a series. Undefined when it was not worth it, or was damaged: it must be counted. */
  rollup({ run, isRolledUp }: Run, series: number, widthMs: number): FoundRollup | undefined {
    const row = isRolledUp ? this.#rollup.get(run, series, widthMs) : undefined
    if (row === undefined) return undefined
    const { data } = row
    const firstTs = Number(row['first_ts'])
    const lastTs = Number(row['last_ts'])
    if (data instanceof Uint8Array && rollupChecksum(series, widthMs, data) === row['crc'])
      return { firstTs, lastTs, data }
    this.#onCorruption({ run, series, firstTs, lastTs, reason: 'checksum of a rollup' })
    return undefined
  }

  /** Of a series in a run. */
  firstTs(run: number, series: number): number | undefined {
    const ts = this.#firstTs.get(run, series)?.['ts']
    return typeof ts === 'number' ? ts : undefined
  }

  *firstOfEach(run: number): Generator<{ readonly series: number; readonly ts: number }, void> {
    for (const row of this.#firstOfEach.iterate(run))
      yield { series: Number(row['series']), ts: Number(row['ts']) }
  }

  /** Newest ts of a series that has none after `lastDay`; -Infinity if it has none at all. */
  newestTs(series: number, lastDay: number): number {
    this.#byMaxTs ??= this.#runs.toSorted((a, b) => b.maxTs - a.maxTs)
    let newest = -Infinity
    for (const run of this.#byMaxTs) {
      if (run.maxTs <= newest) break
      if (run.day > lastDay) continue
      const row = this.#before.get(run.run, series, Infinity)
      if (row !== undefined) newest = Math.max(newest, Number(row['last_ts']))
    }
    return newest
  }

  /** Where the reading that was stored first at `ts` is. */
  find(series: number, ts: number): { readonly chunk: Chunk; readonly at: number } | undefined {
    this.#byDay ??= Map.groupBy(this.#runs, (run) => run.day)
    for (const run of this.#byDay.get(dayOf(ts)) ?? []) {
      if (run.minTs > ts || run.maxTs < ts) continue
      const found = this.#holding(run.run, series, ts)
      if (found?.chunk === undefined) continue
      const at = lowerBound(found.chunk.ts, ts)
      if (found.chunk.ts[at] === ts) return { chunk: found.chunk, at }
    }
    return undefined
  }

  close(): void {
    this.#db.close()
  }

  /** The chunk whose first and last ts enclose `ts`. */
  #holding(run: number, series: number, ts: number): FoundChunk | undefined {
    const row = this.#atOrBefore.get(run, series, ts)
    return row !== undefined && Number(row['last_ts']) >= ts ? this.#open(row) : undefined
  }

  #open(row: Record<string, unknown> | undefined): FoundChunk | undefined {
    if (row === undefined) return undefined
    const { run, series, firstTs, lastTs, crc } = toChunkKey(row)
    // What was cut short keeps its key, not its checksum.
    const key = `${run}:${series}:${firstTs}:${crc}`
    const cached = this.#cache.get(key)
    if (cached !== undefined) {
      this.#cache.delete(key)
      this.#cache.set(key, cached)
      return cached
    }
    const data = this.#data.get(run, series, firstTs)?.['data']
    const sound = data instanceof Uint8Array && chunkChecksum(series, data) === crc
    if (!sound) this.#onCorruption({ run, series, firstTs, lastTs, reason: 'checksum' })
    const found = { firstTs, lastTs, chunk: sound ? new Chunk(data) : undefined }
    this.#cache.set(key, found)
    if (this.#cache.size > CACHED_CHUNKS) this.#cache.delete(this.#cache.keys().next().value ?? '')
    return found
  }
}
