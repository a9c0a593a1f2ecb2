/** What each organization's readings take in each run. A run is weighed once: nothing is ever added to it. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Run } from './schema.ts'

/** A slice takes a few milliseconds, in which nobody else has a turn. */
const CHUNKS_AT_ONCE = 2000

type Weight = ReadonlyMap<string, number>

export class RunWeights {
  readonly #slice: StatementSync
  #weights = new Map<string, Weight>()

  constructor(db: DatabaseSync) {
    const chunks = `SELECT series, first_ts, length(data) AS bytes FROM chunks
      WHERE run = ? AND (series, first_ts) > (?, ?) ORDER BY series, first_ts LIMIT ${CHUNKS_AT_ONCE}`
    this.#slice = db.prepare(
      `WITH slice AS MATERIALIZED (${chunks}), place AS (SELECT count(*) AS chunks, max(series) AS last FROM slice)
       SELECT org, sum(bytes) AS bytes, chunks, last,
         (SELECT max(first_ts) FROM slice WHERE series = last) AS last_ts
       FROM slice JOIN series ON series.id = slice.series, place GROUP BY org`,
    )
  }

  /** @param runs all that there are; what is known of others is forgotten */
  async of(orgId: string, runs: readonly Run[]): Promise<number> {
    const weights = new Map<string, Weight>()
    let bytes = 0
    for (const run of runs) {
      // What is taken out of a run changes its counts.
      const key = `${run.run}:${run.chunks}:${run.bytes}`
      const weight = this.#weights.get(key) ?? (await this.#weigh(run.run))
      weights.set(key, weight)
      bytes += weight.get(JSON.stringify(orgId)) ?? 0
    }
    this.#weights = weights
    return bytes
  }

  async #weigh(run: number): Promise<Weight> {
    const weight = new Map<string, number>()
    let [series, ts] = [-1, 0]
    for (;;) {
      const rows = this.#slice.all(run, series, ts)
      for (const { bytes, org } of rows)
        weight.set(String(org), (weight.get(String(org)) ?? 0) + Number(bytes))
      await setImmediate()
      const [{ chunks, last, last_ts: lastTs } = { chunks: 0 }] = rows
      if (Number(chunks) < CHUNKS_AT_ONCE) return weight
      ;[series, ts] = [Number(last), Number(lastTs)]
    }
  }
}
