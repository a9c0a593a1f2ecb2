/** Deleting readings that were asked to go, in slices. */
import { ChunkEditor, DELETE_ROLLUPS } from './chunk-editor.ts'
import { lowerBound } from './lower-bound.ts'
import type { Instants } from './protocol.ts'
import type { RunFile } from './run-file.ts'
import type { ChunkKey, Run } from './schema.ts'

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

/** Readings of single instants; each step yields 0, since nobody asks how many went. */
export function* removeInstants(file: RunFile, instants: Instants): Generator<number, void> {
  const chunks = new ChunkEditor(file)
  const recount = recounter(file)
  for (const { maxTs, minTs, run } of file.liveRuns()) {
    let isTouched = false
    for (const [series, times] of instants) {
      const first = times[lowerBound(times, minTs)] ?? Infinity
      if (first > maxTs) continue
      for (const row of chunks.within(run, series, first, Math.min(maxTs, times.at(-1) ?? -Infinity) + 1))
        if (chunks.cutOut(row, times)) isTouched = true
    }
    if (isTouched) recount(run)
    yield 0
  }
}

class Pruner {
  readonly #period: Period
  readonly #chunks: ChunkEditor

  constructor(file: RunFile, period: Period) {
    this.#period = period
    this.#chunks = new ChunkEditor(file)
  }

  prune(runs: readonly Run[], series: number, touched: Set<number>): number {
    const { fromMs, toMs } = this.#period
    const rows = runs.flatMap(({ run }) => this.#chunks.within(run, series, fromMs, toMs))
    if (rows.length === 0) return 0
    const went = this.#distinct(rows)
    for (const row of rows) {
      const chunk = this.#straddles(row) ? this.#chunks.open(row) : undefined
      if (this.#straddles(row) && chunk === undefined) continue
      touched.add(row.run)
      this.#chunks.drop(row)
      if (chunk === undefined) continue
      this.#chunks.keep(row, chunk, 0, lowerBound(chunk.ts, fromMs))
      this.#chunks.keep(row, chunk, lowerBound(chunk.ts, toMs), chunk.count)
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
      for (const ts of this.#chunks.open(row)?.ts ?? []) if (ts >= fromMs && ts < toMs) distinct.add(ts)
    return distinct.size
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
