/** `near`: the R*Tree narrows down, the exact distance decides. */
import { assertSearch, boxesAround, haversineMeters } from '../geo.ts'
import type { Filter, GeoPoint } from '../../../nodes/platform/store/port.ts'
import { parseLimit } from '../query.ts'
import type { DatabaseFile, Row } from './database-file.ts'
import { valueAt } from './filter-to-sql.ts'
import type { Sql } from './filter-to-sql.ts'
import type { Table } from './schema.ts'

export interface NearOptions {
  readonly radiusMeters: number
  readonly filter?: Filter
  readonly limit?: number
}

interface NearScope {
  readonly table: Table
  readonly where: Sql
  readonly location: string
}

interface Found {
  readonly row: Row
  readonly distanceMeters: number
}

/** Checks the options at once. @throws InvalidQuery */
export function planNear(
  { table, where, location }: NearScope,
  point: GeoPoint,
  options: NearOptions,
): (file: DatabaseFile) => readonly Found[] {
  const limit = parseLimit(options.limit)
  assertSearch(point, options.radiusMeters)
  const boxes = boxesAround(point, options.radiusMeters)
  const inBox = `SELECT seq FROM ${table.geoName} WHERE south <= ? AND north >= ? AND west <= ? AND east >= ?`
  const corners = boxes.flatMap((box) => [box.north, box.south, box.east, box.west])
  const [latitude, longitude] = [valueAt(`${location}.latitude`), valueAt(`${location}.longitude`)]
  // CROSS JOIN keeps the R*Tree outermost; SQLite would rather walk through all documents of the organization.
  const search = `SELECT found.seq, id, ${latitude} AS latitude, ${longitude} AS longitude
    FROM (${boxes.map(() => inBox).join(' UNION ')}) AS found CROSS JOIN ${table.name} AS t ON t.seq = found.seq
    WHERE ${where.text}`
  const read = `SELECT version, form, json(doc) AS doc FROM ${table.name} WHERE seq = ?`
  return (file) =>
    file
      .all(search, [...corners, ...where.parameters])
      .map((row) => ({ row, distanceMeters: haversineMeters(point, pointOf(row)) }))
      .filter(({ distanceMeters }) => distanceMeters <= options.radiusMeters)
      .sort((a, b) => a.distanceMeters - b.distanceMeters || compareIds(a.row, b.row))
      .slice(0, limit)
      .flatMap(({ row, distanceMeters }) => {
        const full = file.get(read, [Number(row['seq'])])
        return full === undefined ? [] : [{ row: full, distanceMeters }]
      })
}

function pointOf(row: Row): GeoPoint {
  return { latitude: Number(row['latitude']), longitude: Number(row['longitude']) }
}

function compareIds(a: Row, b: Row): number {
  return String(a['id']) < String(b['id']) ? -1 : 1
}
