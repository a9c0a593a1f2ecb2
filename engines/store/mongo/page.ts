/** Sorts and pages: what lies behind a cursor is a condition on the sort keys, so that it survives changes. */
import type { Document as Bson } from 'mongodb'

import { InvalidCursor } from '../../../nodes/platform/store/errors.ts'
import type { FindOptions } from '../../../nodes/platform/store/port.ts'
import { decodeCursor, encodeCursor, parseLimit, parseSort } from '../query.ts'
import { fieldOf } from './filter-to-mongo.ts'
import { valueAt } from '../../../nodes/platform/store/value-at.ts'

export interface PagePlan {
  readonly limit: number
  readonly sort: Readonly<Record<string, 1 | -1>>
  /** Added to the filter; empty on the first page. */
  readonly behind: Bson
  cursorAfter(row: Bson): string
  /** The order of `sort`, for rows of several databases. */
  compare(one: Bson, other: Bson): number
}

interface Step {
  readonly field: string
  readonly descending: boolean
  readonly value: unknown
}

/** Checks the options at once. @throws InvalidQuery, InvalidCursor */
export function planPage(collection: string, options: FindOptions, isEverywhere: boolean): PagePlan {
  const { keys, idDescending } = parseSort(options.sort)
  const limit = parseLimit(options.limit)
  const scope = JSON.stringify([collection, keys, idDescending, isEverywhere])
  const fields = keys.map(({ path, descending }) => ({ field: fieldOf(path), descending }))
  const closing = ['id', ...(isEverywhere ? ['org'] : [])].map((field) => ({
    field,
    descending: idDescending,
  }))
  const order = [...fields, ...closing]
  return {
    limit,
    sort: Object.fromEntries(order.map(({ field, descending }) => [field, descending ? -1 : 1] as const)),
    behind: options.cursor === undefined ? {} : after(options.cursor),
    cursorAfter: (row) => {
      // As JSON, because a boolean is no sort value of the cursor.
      const values = fields.map(({ field }) => JSON.stringify(valueAt(row, field) ?? null))
      const position = { values, id: String(row['id']) }
      return encodeCursor(scope, isEverywhere ? { ...position, orgId: String(row['org']) } : position)
    },
    compare(one, other) {
      for (const { descending, field } of order) {
        const difference = compareValues(valueAt(one, field) ?? null, valueAt(other, field) ?? null)
        if (difference !== 0) return descending ? -difference : difference
      }
      return 0
    },
  }

  function after(cursor: string): Bson {
    const { values, id, orgId } = decodeCursor(scope, cursor, keys.length)
    if ((orgId !== undefined) !== isEverywhere) throw new InvalidCursor('not of this query')
    const ends: readonly unknown[] = [...values.map((value) => JSON.parse(String(value))), id, orgId]
    return lexicographic(
      order.map(({ field, descending }, index) => ({ field, descending, value: ends[index] ?? null })),
    )
  }
}

/** Behind (a, b, …): a beyond, or a equal and b beyond, and so on. */
function lexicographic(steps: readonly Step[]): Bson {
  const branches = steps.flatMap((step, index) => {
    const beyond = isBeyond(step)
    if (beyond.length === 0) return []
    const equal = steps.slice(0, index).map(({ field, value }) => ({ [field]: value }))
    return [{ $and: [...equal, beyond.length === 1 ? beyond[0] : { $or: beyond }] }]
  })
  return { $or: branches }
}

// The server's order of types, which its comparisons do not cross: null (or missing), numbers, text, booleans.
const TYPES = ['null', 'number', 'string', 'bool'] as const

/** Any of these. */
function isBeyond({ field, descending, value }: Step): readonly Bson[] {
  const type = typeRank(value)
  const others = descending ? TYPES.slice(1, Math.max(1, type)) : TYPES.slice(type + 1)
  return [
    ...(value === null ? [] : [{ [field]: { [descending ? '$lt' : '$gt']: value } }]),
    ...(descending && value !== null ? [{ [field]: null }] : []),
    ...(others.length === 0 ? [] : [{ [field]: { $type: others } }]),
  ]
}

function typeRank(value: unknown): number {
  return value === null ? 0 : TYPES.indexOf(typeof value === 'boolean' ? 'bool' : kindOf(value))
}

function kindOf(value: unknown): 'number' | 'string' {
  return typeof value === 'number' ? 'number' : 'string'
}

/** As the server compares: by type, numbers, text by its bytes. */
function compareValues(one: unknown, other: unknown): number {
  const difference = typeRank(one) - typeRank(other)
  if (difference !== 0) return difference
  if (typeof one === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(String(other)))
  return Number(one) - Number(other)
}
