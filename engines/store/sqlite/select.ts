/** Builds the statements of a find: filter, scope, order, and the part of the order that lies behind a cursor. */
import type { Position, SortKey, SortValue } from '../query.ts'
import { bindable, join, LIMIT, valueAt } from './filter-to-sql.ts'
import type { Sql } from './filter-to-sql.ts'
import type { Table } from './schema.ts'

export interface Order {
  readonly keys: readonly SortKey[]
  readonly idDescending: boolean
  /** Over all organizations an id is not unique: the organization closes the order. */
  readonly withOrg: boolean
}

/**
 * The statements to run one after the other until the page is full: usually one, two where a cursor stands before or
 * among the documents that lack the first sort path (two ranges of the index, which one statement would not seek).
 */
export function selectPage(
  table: Table,
  where: Sql,
  order: Order,
  after: Position | undefined,
): readonly Sql[] {
  const everything: Range = { where: { text: '1', parameters: [] }, order }
  const ranges = after === undefined ? [everything] : behind(order, after)
  const sortValues = order.keys
    .map(({ path }, index) => `, ${sortValue(valueAt(path))} AS s${index}`)
    .join('')
  const columns = `org, id, version, form, json(doc) AS doc${sortValues}`
  return ranges.map((range) => {
    const { text, parameters } = join([where, range.where], ' AND ')
    return {
      text: `SELECT ${columns} FROM ${table.name} WHERE ${text} ORDER BY ${orderBy(range.order)} ${LIMIT}`,
      parameters,
    }
  })
}

export function orderBy({ keys, idDescending, withOrg }: Order): string {
  const direction = (descending: boolean): string => (descending ? ' DESC' : ' ASC')
  return [
    ...keys.map(({ path, descending }) => valueAt(path) + direction(descending)),
    `id${direction(idDescending)}`,
    ...(withOrg ? [`org${direction(idDescending)}`] : []),
  ].join(', ')
}

// 64-bit integers do not fit a JavaScript number: hand them out as the nearest double (see `bindable`).
function sortValue(value: string): string {
  return `CASE typeof(${value}) WHEN 'integer' THEN CAST(${value} AS REAL) ELSE ${value} END`
}

interface Range {
  readonly where: Sql
  readonly order: Order
}

interface Step {
  readonly expression: string
  readonly descending: boolean
  readonly value: SortValue
  readonly nullable: boolean
}

function behind(order: Order, after: Position): readonly Range[] {
  const { keys, idDescending, withOrg } = order
  const steps: readonly Step[] = [
    ...keys.map(({ path, descending }, index) => ({
      expression: valueAt(path),
      descending,
      value: after.values[index] ?? null,
      nullable: true,
    })),
    { expression: 'id', descending: idDescending, value: after.id, nullable: false },
    ...(withOrg
      ? [{ expression: 'org', descending: idDescending, value: after.orgId ?? '', nullable: false }]
      : []),
  ]
  const rest = lexicographic(steps)
  const [first] = steps
  if (first === undefined || keys.length === 0) return [{ where: rest, order }]
  const { expression, descending, value } = first
  const isNull: Sql = { text: `${expression} IS NULL`, parameters: [] }
  const isPresent: Sql = { text: `${expression} IS NOT NULL`, parameters: [] }
  // Where the first path is missing it orders nothing; naming it would make SQLite sort.
  const amongNulls: Order = { ...order, keys: keys.slice(1) }
  if (value === null) {
    const tied: Range = { where: join([isNull, rest], ' AND '), order: amongNulls }
    return descending ? [tied] : [tied, { where: isPresent, order }]
  }
  const bound: Sql = { text: `${expression} ${descending ? '<=' : '>='} ?`, parameters: [bindable(value)] }
  const bounded: Range = { where: join([bound, rest], ' AND '), order }
  return descending ? [bounded, { where: isNull, order: amongNulls }] : [bounded]
}

/** Behind (a, b, …): a beyond, or a equal and b beyond, and so on. NULL comes before every value. */
function lexicographic(steps: readonly Step[]): Sql {
  const [first, ...rest] = steps
  if (first === undefined) return { text: '0', parameters: [] }
  const beyond = isBeyond(first)
  if (rest.length === 0) return beyond
  const { expression, value } = first
  const equal: Sql =
    value === null
      ? { text: `${expression} IS NULL`, parameters: [] }
      : { text: `${expression} = ?`, parameters: [bindable(value)] }
  return join([beyond, join([equal, lexicographic(rest)], ' AND ')], ' OR ')
}

function isBeyond({ expression, descending, value, nullable }: Step): Sql {
  if (value === null) return { text: descending ? '0' : `${expression} IS NOT NULL`, parameters: [] }
  if (!descending) return { text: `${expression} > ?`, parameters: [bindable(value)] }
  const orNull = nullable ? ` OR ${expression} IS NULL` : ''
  return { text: `(${expression} < ?${orNull})`, parameters: [bindable(value)] }
}
