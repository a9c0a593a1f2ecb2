/** Deletes what no live run refers to, in slices. */
import type { RunFile } from './run-file.ts'

const SLICE_BYTES = 4_000_000
const SLICE_CHUNKS = 2000

/** Each step needs a transaction around it. */
export function* sweepDeadRuns(file: RunFile): Generator<void, void> {
  const nextDead = file.db.prepare(`SELECT run, chunks, bytes FROM runs WHERE state = 'dead' LIMIT 1`)
  const nthChunk = file.db.prepare(
    'SELECT series, first_ts FROM chunks WHERE run = ? ORDER BY series, first_ts LIMIT 1 OFFSET ?',
  )
  const deleteUpTo = file.db.prepare('DELETE FROM chunks WHERE run = ? AND (series, first_ts) < (?, ?)')
  const deleteRest = file.db.prepare('DELETE FROM chunks WHERE run = ?')
  const deleteRollupsUpTo = file.db.prepare('DELETE FROM rollups WHERE run = ? AND series < ?')
  const deleteRollups = file.db.prepare('DELETE FROM rollups WHERE run = ?')
  const deleteRun = file.db.prepare('DELETE FROM runs WHERE run = ?')
  for (let dead = nextDead.get(); dead !== undefined; dead = nextDead.get()) {
    const run = Number(dead['run'])
    const average = Number(dead['bytes']) / Math.max(1, Number(dead['chunks']))
    const step = Math.max(1, Math.min(SLICE_CHUNKS, Math.floor(SLICE_BYTES / Math.max(1, average))))
    for (;;) {
      const bound = nthChunk.get(run, step)
      if (bound === undefined) break
      deleteUpTo.run(run, Number(bound['series']), Number(bound['first_ts']))
      deleteRollupsUpTo.run(run, Number(bound['series']))
      yield
    }
    deleteRest.run(run)
    deleteRollups.run(run)
    deleteRun.run(run)
    yield
  }
}

export function hasDeadRuns(file: RunFile): boolean {
  return file.db.prepare(`SELECT 1 FROM runs WHERE state = 'dead' LIMIT 1`).get() !== undefined
}

/** What a merge that was given up has written so far. */
export function buryUnfinishedRuns(file: RunFile): void {
  file.db.exec(`UPDATE runs SET state = 'dead' WHERE state = 'building'`)
}
