/** Works rollups out in the background, run by run, in slices between which tails can be written. */
import { BucketFold } from '../../../nodes/platform/series/bucket-fold.ts'
import { EvenGrid } from '../../../nodes/platform/series/bucket-grid.ts'
import { bucketWidthsMs } from '../../../nodes/platform/series/port.ts'
import { DAY_MS } from './chunk.ts'
import { f64 } from './element.ts'
import { rollupChecksum, rollupsOf } from './rollup.ts'
import type { RunFile } from './run-file.ts'
import { RunInput } from './run-input.ts'
import type { Run } from './schema.ts'

/** A run of a day that is over, and old enough that it will hardly be merged with another soon. */
export function chooseRollUp(runs: readonly Run[], quietSinceMs: number): Run | undefined {
  return runs.find(
    ({ isRolledUp, atMs, day }) => !isRolledUp && atMs <= quietSinceMs && (day + 1) * DAY_MS <= quietSinceMs,
  )
}

/** Each step needs a transaction around it. What a crash leaves is not looked at, and made anew. */
export function* rollUp(file: RunFile, run: Run): Generator<void, void> {
  file.db.prepare('DELETE FROM rollups WHERE run = ?').run(run.run)
  const insert = file.db.prepare(
    `INSERT INTO rollups (run, series, width_ms, first_ts, last_ts, crc, data) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const input = new RunInput(file, run)
  while (input.row !== undefined) {
    const { series, firstTs } = input.row
    const minutes = new BucketFold(new EvenGrid(bucketWidthsMs['1m']))
    let lastTs = firstTs
    while (input.row?.series === series) {
      ;({ lastTs } = input.row)
      const { ts, calibrated } = input.chunk
      for (let i = 0; i < ts.length; i++) minutes.add(f64(ts, i), f64(calibrated, i))
      input.nextChunk()
      yield
    }
    for (const [widthMs, data] of rollupsOf(minutes))
      insert.run(run.run, series, widthMs, firstTs, lastTs, rollupChecksum(series, widthMs, data), data)
  }
  file.db.prepare('UPDATE runs SET rolled_up = 1 WHERE run = ?').run(run.run)
}
