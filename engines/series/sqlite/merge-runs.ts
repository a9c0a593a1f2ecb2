/** Merges runs of a day into one, in slices between which tails can be written. */
import { f64 } from './element.ts'
import { MAX_CHUNK_ROWS } from './chunk.ts'
import type { RunFile } from './run-file.ts'
import { RunInput } from './run-input.ts'
import { RunWriter } from './run-writer.ts'
import type { Run } from './schema.ts'

/** A chunk this full is taken over without unpacking when no other run has readings among its own. */
const FULL_ENOUGH = MAX_CHUNK_ROWS * 0.75

/** Each step needs a transaction around it, and must be the last if that fails. `runs` are neighbours in age. */
export function* mergeRuns(file: RunFile, runs: readonly Run[]): Generator<void, void> {
  const [oldest] = runs
  if (oldest === undefined) return
  const writer = new RunWriter(file.db)
  const top = Math.max(...runs.map((run) => run.level))
  const level = runs.every((run) => run.level === top) ? top + 1 : top
  const atMs = Math.max(...runs.map((run) => run.atMs))
  const merged = writer.begin({ state: 'building', day: oldest.day, level, age: oldest.age, atMs })
  yield
  let inputs = runs.map((run) => new RunInput(file, run)).filter((input) => input.row !== undefined)
  while (inputs.length > 0) {
    const series = inputs.reduce((least, input) => Math.min(least, input.row?.series ?? Infinity), Infinity)
    const sharing = inputs.filter((input) => input.row?.series === series)
    writer.series = series
    yield* mergeSeries(sharing, writer)
    if (sharing.some((input) => input.row === undefined))
      inputs = inputs.filter((input) => input.row !== undefined)
  }
  const kept = writer.finish()
  const bury = file.db.prepare(`UPDATE runs SET state = 'dead' WHERE run = ?`)
  if (kept === 0) bury.run(merged)
  for (const run of runs) bury.run(run.run)
}

/** `inputs` are ordered by age and stand on the same series. */
function* mergeSeries(inputs: readonly RunInput[], writer: RunWriter): Generator<void, void> {
  const series = inputs[0]?.row?.series
  let active = inputs
  let written = -Infinity
  while (active.length > 0) {
    const [input, bound] = earliest(active)
    const { row } = input
    if (row === undefined) return
    const apart = row.lastTs < bound && row.firstTs > written
    if (apart && input.at === 0 && row.readings >= FULL_ENOUGH) {
      writer.copy(row)
      written = row.lastTs
      input.nextChunk()
    } else {
      written = take(input, bound, written, writer)
    }
    if (input.row?.series !== series) active = active.filter((other) => other !== input)
    yield
  }
}

/** The input whose reading comes next (of several with the same ts the oldest), and the first ts of all the others. */
function earliest(inputs: readonly RunInput[]): readonly [RunInput, number] {
  let first: RunInput | undefined
  let bound = Infinity
  for (const input of inputs) {
    if (first === undefined || input.ts < first.ts) {
      bound = first?.ts ?? Infinity
      first = input
    } else if (input.ts < bound) bound = input.ts
  }
  if (first === undefined) throw new Error('Nothing left to merge')
  return [first, bound]
}

/** Takes the current reading and those before `bound`, up to the end of the chunk; returns the last ts written. */
function take(input: RunInput, bound: number, written: number, writer: RunWriter): number {
  const { ts, raw, calibrated, ingest, quality } = input.chunk
  let at = input.at
  if (input.ts <= written) {
    input.seek(at + 1)
    return written
  }
  let end = at + 1
  while (end < ts.length && f64(ts, end) < bound) end++
  const last = f64(ts, end - 1)
  while (at < end) {
    const into = writer.columns
    const to = writer.filled
    const upTo = Math.min(end, at + MAX_CHUNK_ROWS - to)
    into.ts.set(ts.subarray(at, upTo), to)
    into.raw.set(raw.subarray(at, upTo), to)
    into.calibrated.set(calibrated.subarray(at, upTo), to)
    into.ingest.set(ingest.subarray(at, upTo), to)
    into.quality.set(quality.subarray(at, upTo), to)
    writer.added(upTo - at)
    at = upTo
  }
  input.seek(end)
  return last
}
