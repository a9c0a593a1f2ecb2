/** Runs a find over one file, or over several whose sorted answers are merged. */
import { InvalidCursor } from '../../../nodes/platform/store/errors.ts'
import { upcasted } from '../../../nodes/platform/store/upcasted.ts'
import type { CollectionSpec, Document, FindOptions, Stored } from '../../../nodes/platform/store/port.ts'
import { decodeCursor, encodeCursor, parseLimit, parseSort } from '../query.ts'
import type { SortValue } from '../query.ts'
import type { DatabaseFile, Row } from './database-file.ts'
import type { Sql } from './filter-to-sql.ts'
import type { Table } from './schema.ts'
import { selectPage } from './select.ts'
import type { Order } from './select.ts'

export interface PageScope {
  readonly collection: string
  readonly where: Sql
  /** Over all organizations. */
  readonly everywhere: boolean
}

export interface TablePlace {
  readonly file: DatabaseFile
  readonly table: Table
}

export interface RowPage {
  readonly rows: readonly Row[]
  readonly nextCursor?: string
}

/** @throws SchemaConflict when a newer program wrote it */
export function stored<T extends Document>(spec: CollectionSpec<T>, row: Row): Stored<T> {
  const document = upcasted(spec, JSON.parse(String(row['doc'])), Number(row['form']))
  return { document, version: Number(row['version']) }
}

/** Checks the options at once. @throws InvalidQuery, InvalidCursor */
export function planPage(
  { collection, where, everywhere }: PageScope,
  options: FindOptions,
): (places: readonly TablePlace[]) => RowPage {
  const order: Order = { ...parseSort(options.sort), withOrg: everywhere }
  const limit = parseLimit(options.limit)
  const name = JSON.stringify([collection, order])
  const after =
    options.cursor === undefined ? undefined : decodeCursor(name, options.cursor, order.keys.length)
  if (after !== undefined && (after.orgId !== undefined) !== order.withOrg) {
    throw new InvalidCursor('not of this query')
  }
  return (places) => {
    const found = places.map(({ file, table }) =>
      runUntilFull(file, selectPage(table, where, order, after), limit + 1),
    )
    return merge(found, { limit, name, order })
  }
}

interface End {
  readonly limit: number
  readonly name: string
  readonly order: Order
}

function merge(found: readonly Row[][], { limit, name, order }: End): RowPage {
  const [only = []] = found
  const sorted = found.length === 1 ? only : found.flat().sort((a, b) => compareRows(order, a, b))
  const rows = sorted.slice(0, limit)
  const last = rows.at(-1)
  if (sorted.length <= limit || last === undefined) return { rows }
  const position = { values: sortValues(order, last), id: String(last['id']) }
  const orgId = String(last['org'])
  return { rows, nextCursor: encodeCursor(name, order.withOrg ? { ...position, orgId } : position) }
}

function runUntilFull(file: DatabaseFile, statements: readonly Sql[], limit: number): Row[] {
  const rows: Row[] = []
  for (const { text, parameters } of statements) {
    if (rows.length >= limit) break
    rows.push(...file.all(text, [...parameters, limit - rows.length]))
  }
  return rows
}

function sortValues({ keys }: Order, row: Row): SortValue[] {
  return keys.map((_, index) => {
    const value = row[`s${index}`]
    return typeof value === 'number' || typeof value === 'string' ? value : null
  })
}

/** The order of {@link selectPage}, as SQLite compares: NULL, numbers, text by bytes. */
function compareRows(order: Order, a: Row, b: Row): number {
  const [valuesA, valuesB] = [sortValues(order, a), sortValues(order, b)]
  for (const [index, { descending }] of order.keys.entries()) {
    const difference = compareValues(valuesA[index] ?? null, valuesB[index] ?? null)
    if (difference !== 0) return descending ? -difference : difference
  }
  const difference =
    compareValues(String(a['id']), String(b['id'])) || compareValues(String(a['org']), String(b['org']))
  return order.idDescending ? -difference : difference
}

function compareValues(a: SortValue, b: SortValue): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'number') return -1
  if (typeof b === 'number') return 1
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
