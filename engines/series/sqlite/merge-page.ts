/** Merges sources into one page. */
import type { RangePage } from '../../../nodes/platform/series/port.ts'
import type { Source } from './range.ts'

type Point = RangePage['items'][number]

export interface Position {
  readonly ts: number
  readonly port: number
}

/** Readings after `after`, at most `limit`. Sources are opened no sooner than their readings may come up. */
export function mergePage(
  sources: readonly Source[],
  descending: boolean,
  limit: number,
  after: Position | undefined,
): readonly Point[] {
  const sign = descending ? -1 : 1
  const waiting = sources.toSorted((a, b) => sign * (b.bound - a.bound) || 0)
  const open: Source[] = []
  const items: Point[] = []
  let last = after
  while (items.length < limit) {
    let next = least(open, descending)
    let candidate = waiting.at(-1)
    while (candidate !== undefined && (next === undefined || sign * (candidate.bound - next.ts) <= 0)) {
      waiting.pop()
      if (candidate.advance()) open.push(candidate)
      next = least(open, descending)
      candidate = waiting.at(-1)
    }
    if (next === undefined) break
    if (last === undefined || follows(next, last, descending)) {
      const point = next.point()
      items.push(point)
      last = point
    }
    if (!next.advance()) open.splice(open.indexOf(next), 1)
  }
  return items
}

function least(sources: readonly Source[], descending: boolean): Source | undefined {
  let best: Source | undefined
  for (const source of sources) {
    if (best === undefined || precedes(source, best, descending)) best = source
  }
  return best
}

function precedes(a: Source, b: Source, descending: boolean): boolean {
  if (a.ts !== b.ts) return a.ts < b.ts !== descending
  if (a.port !== b.port) return a.port < b.port !== descending
  return a.age < b.age
}

function follows(a: Position, b: Position, descending: boolean): boolean {
  if (a.ts !== b.ts) return a.ts > b.ts !== descending
  return a.port !== b.port && a.port > b.port !== descending
}
