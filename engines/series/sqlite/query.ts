/** Answers a range query out of runs and tails. */
import { InvalidCursor } from '../../../nodes/platform/kit/invalid-cursor.ts'
import type { RangePage, RangeQuery } from '../../../nodes/platform/series/port.ts'
import { mergePage } from './merge-page.ts'
import type { Position } from './merge-page.ts'
import { RunSource, TailSource } from './range.ts'
import type { Source, Window } from './range.ts'
import type { SeriesReader } from './reader.ts'
import type { Registry } from './registry.ts'
import type { Tails } from './tails.ts'

export interface Sources {
  readonly registry: Registry
  readonly tails: Tails
  readonly reader: SeriesReader
}

/** Tails are younger than all runs. */
const FIRST_TAIL_AGE = 2 ** 52

/** The cursor of a page that ends so. */
export const cursorAfter = ({ ts, port }: Position): string => `${ts}:${port}`

/** Of any quality. */
export function queryRange({ registry, tails, reader }: Sources, query: RangeQuery): RangePage {
  const { limit } = query
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a positive whole number: ${limit}`)
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor)
  const device = registry.find(query.orgId, query.deviceId)
  if (device === undefined) return { items: [] }
  const window = windowOf(query, after)
  return reader.snapshot(() => {
    const sources: Source[] = []
    for (const { port, series } of device.all()) {
      if (query.port !== undefined && query.port !== port) continue
      for (const run of reader.runs) {
        if (run.maxTs >= window.fromMs && run.minTs < window.toMs)
          sources.push(new RunSource(reader, run, series, port, window))
      }
      for (const [index, tail] of tails.all.entries())
        sources.push(new TailSource(tail, FIRST_TAIL_AGE + index, series, port, window))
    }
    // One more than asked for tells whether there is a next page.
    const items = mergePage(sources, window.descending, limit + 1, after)
    const last = items[limit - 1]
    if (items.length <= limit || last === undefined) return { items }
    return { items: items.slice(0, limit), nextCursor: cursorAfter(last) }
  })
}

/** Leaves out what earlier pages have gone past. */
function windowOf({ fromMs, toMs, direction }: RangeQuery, after: Position | undefined): Window {
  const descending = direction === 'descending'
  if (after === undefined) return { fromMs, toMs, descending }
  return descending
    ? { fromMs, toMs: Math.min(toMs, after.ts + 1), descending }
    : { fromMs: Math.max(fromMs, after.ts), toMs, descending }
}

function parseCursor(cursor: string): Position {
  const match = /^(-?\d{1,16}):(-?\d{1,16})$/.exec(cursor)
  if (match === null) throw new InvalidCursor('not one that a range query has returned')
  return { ts: Number(match[1]), port: Number(match[2]) }
}
