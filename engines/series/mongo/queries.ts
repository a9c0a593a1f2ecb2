/** Ranges and newest readings. */
import type { Document as Bson } from 'mongodb'

import { InvalidCursor } from '../../../nodes/platform/kit/invalid-cursor.ts'
import type { RangePage, RangeQuery } from '../../../nodes/platform/series/port.ts'
import { deviceKey, ofDevice } from './names.ts'
import { pointOf, winsOver } from './rows.ts'
import type { PortPoint } from './rows.ts'
import { scan } from './scan.ts'
import type { Tables } from './tables.ts'
import { exactTime } from './time.ts'

/**
 * Of any quality: copies of a reading may differ in theirs, so the server cannot choose.
 * @throws InvalidCursor, RangeError
 */
export async function queryRange(tables: Tables, query: RangeQuery): Promise<RangePage> {
  const { orgId, deviceId, port, limit, direction, cursor } = query
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`limit must be a positive whole number: ${limit}`)
  }
  const after = cursor === undefined ? undefined : parseCursor(cursor)
  const descending = direction === 'descending'
  // The page may have ended in the middle of an instant.
  const fromMs = after === undefined || descending ? query.fromMs : Math.max(query.fromMs, after.ts)
  const toMs = after === undefined || !descending ? query.toMs : Math.min(query.toMs, after.ts + 1)
  const items: PortPoint[] = []
  const batch = limit + 2
  for await (const row of scan(tables, { orgId, deviceId, port, fromMs, toMs, descending, batch })) {
    const point = pointOf(row)
    if (after !== undefined && point.ts === after.ts) {
      if (descending ? point.port >= after.port : point.port <= after.port) continue
    }
    if (items.length === limit) {
      const last = items.at(-1)
      return last === undefined ? { items } : { items, nextCursor: cursorAfter(last) }
    }
    items.push(point)
  }
  return { items }
}

/** The cursor of a page that ends so. */
export const cursorAfter = ({ ts, port }: Pick<PortPoint, 'port' | 'ts'>): string => `${ts}:${port}`

function parseCursor(cursor: string): { readonly ts: number; readonly port: number } {
  const match = /^(-?\d{1,16}):(-?\d{1,16})$/.exec(cursor)
  if (match === null) throw new InvalidCursor('not one that a range query has returned')
  return { ts: Number(match[1]), port: Number(match[2]) }
}

export async function queryLatest(
  tables: Tables,
  orgId: string,
  deviceId: string,
): Promise<readonly PortPoint[]> {
  const device = await tables.devices.findOne({ _id: deviceKey(orgId, deviceId) })
  const ports = (device?.ports ?? []).toSorted((a, b) => a - b)
  const newest = await Promise.all(ports.map((port) => newestOf(tables, orgId, deviceId, port)))
  return newest.flatMap((row) => (row === undefined ? [] : pointOf(row)))
}

async function newestOf(
  { readings }: Tables,
  orgId: string,
  deviceId: string,
  port: number,
): Promise<Bson | undefined> {
  const series = ofDevice(orgId, deviceId, port)
  const [newest] = await readings.find(series).sort({ ts: -1 }).limit(1).toArray()
  if (newest === undefined) return undefined
  // Copies of it; and beyond all dates, other times that share the date.
  const together = await readings.find({ ...series, ts: newest['ts'] }).toArray()
  return together.reduce((best, row) => {
    const [ms, bestMs] = [exactTime(row), exactTime(best)]
    return ms > bestMs || (ms === bestMs && winsOver(row, best)) ? row : best
  }, newest)
}

/** The oldest reading's time, of a device that has any. */
export async function oldestOf(
  { readings }: Tables,
  orgId: string,
  deviceId: string,
): Promise<number | undefined> {
  const device = ofDevice(orgId, deviceId)
  const [oldest] = await readings.find(device).sort({ ts: 1 }).limit(1).toArray()
  if (oldest === undefined) return undefined
  if (oldest['t'] === undefined) return exactTime(oldest)
  const together = await readings.find({ ...device, ts: oldest['ts'] }).toArray()
  return Math.min(...together.map(exactTime))
}
