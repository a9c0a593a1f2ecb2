import { InvalidCursor } from '../../platform/kit/invalid-cursor.ts'
import type { RangeQuery } from '../../platform/series/port.ts'

/**
 * Where a page of a range has ended. It says nothing of where the readings are kept, so that a page stays valid when they
 * are archived before the next one.
 */
export interface Position {
  readonly ts: number
  readonly port: number
}

export function parsePosition(cursor: string): Position {
  const match = /^(-?\d{1,16}):(\d{1,4})$/.exec(cursor)
  if (match === null) throw new InvalidCursor('not one that a range query has returned')
  return { ts: Number(match[1]), port: Number(match[2]) }
}

export const positionText = ({ ts, port }: Position): string => `${ts}:${port}`

/** What a page after the position may have, by time alone. */
export function narrowed<T extends Pick<RangeQuery, 'fromMs' | 'toMs' | 'direction'>>(
  query: T,
  after: Position | undefined,
): T {
  if (after === undefined) return query
  return query.direction === 'descending'
    ? { ...query, toMs: Math.min(query.toMs, after.ts + 1) }
    : { ...query, fromMs: Math.max(query.fromMs, after.ts) }
}

export function isAfter(point: Position, after: Position | undefined, isDescending: boolean): boolean {
  if (after === undefined) return true
  const order = point.ts - after.ts || point.port - after.port
  return isDescending ? order < 0 : order > 0
}
