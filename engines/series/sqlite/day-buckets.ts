/** Folds what there is of a series on one day into buckets: out of rollups where they are valid, else reading by reading. */
import type { BucketFold } from '../../../nodes/platform/series/bucket-fold.ts'
import type { BucketGrid } from '../../../nodes/platform/series/bucket-grid.ts'
import { DAY_MS } from './chunk.ts'
import { partsOf, readingsOf } from './days.ts'
import type { Day } from './days.ts'
import type { Values } from './distinct.ts'
import { f64 } from './element.ts'
import type { Sources } from './query.ts'
import { addRollup } from './rollup.ts'

/** What is known of a stretch of time. */
interface Stretch {
  readonly firstTs: number
  readonly lastTs: number
  addTo(fold: BucketFold): void
}

/** `grid` is that of the fold. Rollups are of readings of any quality: where only some count, none serves. */
export function foldDay(sources: Sources, day: Day, grid: BucketGrid, fold: BucketFold): void {
  const isWhole = day.toMs - day.fromMs === DAY_MS
  const isRolledUp = day.counting === undefined && day.runs.some((run) => run.isRolledUp)
  const widthMs = isWhole && isRolledUp ? grid.partMs(day.fromMs, day.toMs) : undefined
  const stretches = widthMs === undefined ? undefined : stretchesOf(sources, day, widthMs)
  if (stretches === undefined) for (const values of readingsOf(sources, day)) addValues(values, fold)
  else for (const stretch of stretches) stretch.addTo(fold)
}

/** By time; undefined when some overlap, so that there may be repeats. */
function stretchesOf(sources: Sources, day: Day, widthMs: number): readonly Stretch[] | undefined {
  const stretches: Stretch[] = []
  for (const run of day.runs) {
    const rollup = sources.reader.rollup(run, day.series, widthMs)
    if (rollup === undefined) stretches.push(...partsOf(sources, day, run).map(stretchOf))
    else stretches.push({ ...rollup, addTo: (fold) => addRollup(rollup.data, fold) })
  }
  stretches.push(...day.tails.map(stretchOf))
  stretches.sort((a, b) => a.firstTs - b.firstTs)
  const areApart = stretches.every((one, i) => (stretches[i - 1]?.lastTs ?? -Infinity) < one.firstTs)
  return areApart ? stretches : undefined
}

function stretchOf(values: Values): Stretch {
  const { ts } = values
  return {
    firstTs: f64(ts, 0),
    lastTs: f64(ts, ts.length - 1),
    addTo: (fold) => addValues(values, fold),
  }
}

function addValues({ ts, values }: Values, fold: BucketFold): void {
  for (let i = 0; i < ts.length; i++) fold.add(f64(ts, i), f64(values, i))
}
