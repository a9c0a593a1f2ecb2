/** The worker thread that turns closed tails into runs, one transaction each. */
import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { ChunkEncoder } from './chunk.ts'
import { chunkKey, openRuns } from './runs.ts'
import type { Run } from './runs.ts'
import { sortRows } from './sort-rows.ts'
import { columnsOf } from './tail.ts'
import type { TailMemory } from './tail.ts'

/** Asks for a run. The tail must not be written to until the {@link Run} comes back. */
export interface WriteRun {
  readonly run: number
  readonly memory: TailMemory
  readonly rows: number
  readonly seriesCount: number
  readonly lastSeq: number
}

// On Linux a priority belongs to the thread. Where both share a core, acknowledging goes before sorting.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

const db = openRuns(z.object({ path: z.string() }).parse(workerData).path)
const insertChunk = db.prepare('INSERT INTO chunk VALUES (?, ?)')
const insertRun = db.prepare('INSERT INTO run VALUES (?, ?, ?, ?, ?)')
const upsertLatest = db.prepare(`
  INSERT INTO latest VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET ts = excluded.ts, raw = excluded.raw, calibrated = excluded.calibrated
  WHERE excluded.ts > ts`)
const encoder = new ChunkEncoder()

function write({ run, memory, rows: count, seriesCount, lastSeq }: WriteRun): Run {
  const { ts, raw, calibrated, ingestTs, series: seriesOf } = columnsOf(memory)
  const { rows, starts } = sortRows({ ts, raw, calibrated, ingestTs, series: seriesOf }, count, seriesCount)
  let minTs = Number.POSITIVE_INFINITY
  let maxTs = Number.NEGATIVE_INFINITY
  db.exec('BEGIN')
  for (let series = 0; series < seriesCount; series++) {
    const start = starts[series] ?? 0
    const end = starts[series + 1] ?? 0
    if (start === end) continue
    for (let at = start; at < end; at++) {
      const row = rows[at] ?? 0
      encoder.add(ts[row] ?? 0, raw[row] ?? 0, calibrated[row] ?? 0, ingestTs[row] ?? 0)
    }
    insertChunk.run(chunkKey(run, series), encoder.finish())
    const newest = rows[end - 1] ?? 0
    upsertLatest.run(series, ts[newest] ?? 0, raw[newest] ?? 0, calibrated[newest] ?? 0)
    minTs = Math.min(minTs, ts[rows[start] ?? 0] ?? 0)
    maxTs = Math.max(maxTs, ts[newest] ?? 0)
  }
  insertRun.run(run, minTs, maxTs, count, lastSeq)
  db.exec('COMMIT')
  return { run, minTs, maxTs, rows: count, lastSeq }
}

parentPort?.on('message', (request: WriteRun) => {
  parentPort?.postMessage(write(request), [])
})
