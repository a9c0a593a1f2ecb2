/** Which runs to merge next. */
import type { Run } from './schema.ts'

export interface MergePolicy {
  readonly fanIn: number
  readonly maxRunReadings: number
  /** Days that got nothing since are merged down as far as is worth it. */
  readonly quietSinceMs: number
}

/** A quiet day's older run is rewritten only if the younger ones together are at least this part of it. */
const WORTH = 4

/**
 * Returns runs of one day that are neighbours in age (so that the first value stored stays the first), or undefined.
 * `runs` are ordered by age.
 */
export function chooseMerge(runs: readonly Run[], policy: MergePolicy): readonly Run[] | undefined {
  const byDay = new Map<number, Run[]>()
  for (const run of runs) {
    const day = byDay.get(run.day)
    if (day === undefined) byDay.set(run.day, [run])
    else day.push(run)
  }
  for (const day of byDay.values()) {
    const chosen = sameLevel(day, policy) ?? quiet(day, policy)
    if (chosen !== undefined) return chosen
  }
  return undefined
}

function sameLevel(day: readonly Run[], { fanIn, maxRunReadings }: MergePolicy): readonly Run[] | undefined {
  for (let from = 0; from + fanIn <= day.length; from++) {
    const group = day.slice(from, from + fanIn)
    const level = group[0]?.level
    if (group.every((run) => run.level === level) && readingsOf(group) <= maxRunReadings) return group
  }
  return undefined
}

function quiet(day: readonly Run[], policy: MergePolicy): readonly Run[] | undefined {
  if (day.length < 2 || day.some((run) => run.atMs > policy.quietSinceMs)) return undefined
  let from = day.length - 1
  let total = day[from]?.readings ?? 0
  while (from > 0) {
    const older = day[from - 1]?.readings ?? 0
    if (total * WORTH < older || total + older > policy.maxRunReadings) break
    total += older
    from--
  }
  return from < day.length - 1 ? day.slice(from) : undefined
}

function readingsOf(runs: readonly Run[]): number {
  return runs.reduce((sum, run) => sum + run.readings, 0)
}
