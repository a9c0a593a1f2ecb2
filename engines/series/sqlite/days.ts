/** Visits what is known of a series day by day: days share no reading, so each can be looked at by itself. */
import { setImmediate } from 'node:timers/promises'

import type { PeriodQuery } from '../../../nodes/platform/series/port.ts'
import { DAY_MS, dayOf } from './chunk.ts'
import { distinct } from './distinct.ts'
import type { Values } from './distinct.ts'
import { f64, i32, u8 } from './element.ts'
import { countingCodes } from './quality.ts'
import type { Sources } from './query.ts'
import { lowerBound } from './lower-bound.ts'
import type { Run } from './schema.ts'
import type { Tail } from './tail.ts'

/** The event loop belongs to those who deliver readings: it is given back so often. */
const SLICE_MS = 8

/** What there is of a series on one UTC day. */
export interface Day {
  readonly day: number
  readonly series: number
  /** The part of the period that lies in this day. */
  readonly fromMs: number
  readonly toMs: number
  /** Runs of the day, by age. They may hold nothing of the series. */
  readonly runs: readonly Run[]
  /** The series' readings of each tail that has any, younger than all runs, oldest tail first. */
  readonly tails: readonly Values[]
  /** By quality's code, 1 for those that count; undefined when all do. */
  readonly counting: Uint8Array | undefined
}

/** Calls `visit`, within a snapshot, for each day from the first on, until it returns false. */
export async function visitDays(
  sources: Sources,
  query: PeriodQuery,
  visit: (day: Day) => boolean,
): Promise<void> {
  const { registry, reader } = sources
  const counting = query.qualities === undefined ? undefined : countingCodes(query.qualities)
  let { fromMs } = query
  while (fromMs < query.toMs) {
    const series = registry.find(query.orgId, query.deviceId)?.series(query.port)
    if (series === undefined) return
    const next = reader.snapshot(() => {
      const endAt = performance.now() + SLICE_MS
      for (const day of daysOf(sources, series, { fromMs, toMs: query.toMs, counting })) {
        if (!visit(day)) return Infinity
        if (performance.now() > endAt) return (day.day + 1) * DAY_MS
      }
      return Infinity
    })
    fromMs = next
    if (fromMs < query.toMs) await setImmediate()
  }
}

/** The day's distinct readings, of those that count, as pieces that follow each other in time. */
export function readingsOf(sources: Sources, day: Day): readonly Values[] {
  const all = distinct([
    ...day.runs.map((run) => partsOf(sources, day, run)),
    ...day.tails.map((tail) => [tail]),
  ])
  return day.counting === undefined ? all : all.map(withoutHidden)
}

/** What does not count has this value until it has hidden its repeats; no reading has it. */
const HIDDEN = Number.NaN

function withoutHidden({ ts, values }: Values): Values {
  const isShown = (_: number, i: number): boolean => !Number.isNaN(values[i])
  return { ts: ts.filter(isShown), values: values.filter(isShown) }
}

/** What a run holds of the day, by time; no part is empty. */
export function partsOf({ reader }: Sources, day: Day, { run }: Run): readonly Values[] {
  const { series, fromMs, toMs, counting } = day
  return reader.chunksOf(run, series, fromMs, toMs).flatMap((chunk) => {
    const { ts } = chunk
    const from = lowerBound(ts, fromMs)
    const to = lowerBound(ts, toMs)
    if (from >= to) return []
    const values = chunk.calibrated.subarray(from, to)
    if (counting === undefined) return [{ ts: ts.subarray(from, to), values }]
    const quality = chunk.quality.subarray(from, to)
    return [
      { ts: ts.subarray(from, to), values: values.map((value, i) => shown(value, u8(quality, i), counting)) },
    ]
  })
}

const shown = (value: number, quality: number, counting: Uint8Array): number =>
  counting[quality] === 1 ? value : HIDDEN

interface Wanted {
  readonly fromMs: number
  readonly toMs: number
  readonly counting: Uint8Array | undefined
}

function daysOf({ reader, tails }: Sources, series: number, wanted: Wanted): readonly Day[] {
  const { fromMs, toMs, counting } = wanted
  const runs = Map.groupBy(
    reader.runs.filter(({ minTs, maxTs }) => maxTs >= fromMs && minTs < toMs),
    ({ day }) => day,
  )
  const unwritten = new Map<number, Values[]>()
  for (const tail of tails.all) {
    for (const [day, values] of valuesByDay(tail, series, wanted))
      unwritten.set(day, [...(unwritten.get(day) ?? []), values])
  }
  const days = [...new Set([...runs.keys(), ...unwritten.keys()])].sort((a, b) => a - b)
  return days.map((day) => ({
    day,
    series,
    fromMs: Math.max(fromMs, day * DAY_MS),
    toMs: Math.min(toMs, (day + 1) * DAY_MS),
    runs: runs.get(day) ?? [],
    tails: unwritten.get(day) ?? [],
    counting,
  }))
}

function* valuesByDay(
  tail: Tail,
  series: number,
  { fromMs, toMs, counting }: Wanted,
): Generator<readonly [number, Values]> {
  const { ts, calibrated, quality } = tail.columns
  const valueOf = (row: number): number => {
    const value = f64(calibrated, row)
    return counting === undefined ? value : shown(value, u8(quality, row), counting)
  }
  // Of repeats the first to arrive comes first.
  const rows = tail.rowsOf(series, fromMs, toMs).filter((row, i, all) => {
    return i === 0 || f64(ts, row) !== f64(ts, i32(all, i - 1))
  })
  let from = 0
  while (from < rows.length) {
    const day = dayOf(f64(ts, i32(rows, from)))
    let to = from + 1
    while (to < rows.length && dayOf(f64(ts, i32(rows, to))) === day) to++
    const some = rows.subarray(from, to)
    yield [
      day,
      {
        ts: Float64Array.from(some, (row) => f64(ts, row)),
        values: Float64Array.from(some, valueOf),
      },
    ]
    from = to
  }
}
