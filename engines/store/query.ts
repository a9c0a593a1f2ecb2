/** Validates find options and holds the cursor format; shared by the adapters so that they page alike. */
import { createHash } from 'node:crypto'
import { InvalidCursor, InvalidQuery } from '../../nodes/platform/store/errors.ts'
import { isDocumentId, isPath } from './names.ts'
import type { FindOptions } from '../../nodes/platform/store/port.ts'

export const DEFAULT_LIMIT = 100
export const MAX_LIMIT = 10_000
const MAX_SORT_PATHS = 4

export type SortValue = string | number | null

export interface SortKey {
  readonly path: string
  readonly descending: boolean
}

/** Where a page ended: the last document's sort values and what makes the order total. */
export interface Position {
  readonly values: readonly SortValue[]
  readonly id: string
  /** Only when reading over all organizations. */
  readonly orgId?: string
}

/** @throws InvalidQuery */
export function parseLimit(limit: number = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new InvalidQuery(`A limit is a whole number from 1 to ${MAX_LIMIT}`)
}

/**
 * The given sort without `id`, and the direction of the closing `id`: that of the last path, so that one index read
 * forwards or backwards gives the order.
 * @throws InvalidQuery
 */
export function parseSort(sort: FindOptions['sort'] = []): {
  readonly keys: readonly SortKey[]
  readonly idDescending: boolean
} {
  if (sort.length > MAX_SORT_PATHS) throw new InvalidQuery(`At most ${MAX_SORT_PATHS} sort paths`)
  const keys: SortKey[] = []
  for (const { path, direction } of sort) {
    if (!isPath(path)) throw new InvalidQuery(`Not a sort path: ${JSON.stringify(path.slice(0, 100))}`)
    if (direction !== 'ascending' && direction !== 'descending') {
      throw new InvalidQuery('A sort direction is ascending or descending')
    }
    const key = { path, descending: direction === 'descending' }
    // `id` is unique, so nothing after it can matter.
    if (path === 'id') return { keys, idDescending: key.descending }
    keys.push(key)
  }
  return { keys, idDescending: keys.at(-1)?.descending ?? false }
}

/** `scope` names the query (collection and sort); a cursor is only good for the scope it was made in. */
export function encodeCursor(scope: string, { values, id, orgId }: Position): string {
  const body = JSON.stringify(orgId === undefined ? [values, id] : [values, id, orgId])
  return Buffer.from(checksum(scope, body) + body).toString('base64url')
}

/**
 * The checksum finds damage and mix-ups; it is no secret, because a made-up position can only move within the
 * query that its sender may run anyway.
 * @throws InvalidCursor
 */
export function decodeCursor(scope: string, cursor: string, sortLength: number): Position {
  if (typeof cursor !== 'string' || !/^[\w-]{1,20000}$/.test(cursor)) throw new InvalidCursor('not a cursor')
  const text = Buffer.from(cursor, 'base64url').toString()
  const body = text.slice(CHECKSUM_LENGTH)
  if (text.slice(0, CHECKSUM_LENGTH) !== checksum(scope, body)) {
    throw new InvalidCursor('altered, or of another query')
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw new InvalidCursor('not readable')
  }
  if (!Array.isArray(parsed)) throw new InvalidCursor('not readable')
  const [values, id, orgId]: readonly unknown[] = parsed
  if (!isSortValues(values) || values.length !== sortLength || !isDocumentId(id)) {
    throw new InvalidCursor('not of this query')
  }
  if (orgId === undefined) return { values, id }
  if (typeof orgId !== 'string') throw new InvalidCursor('not of this query')
  return { values, id, orgId }
}

const CHECKSUM_LENGTH = 16

function checksum(scope: string, body: string): string {
  return createHash('sha256').update(scope).update('\0').update(body).digest('hex').slice(0, CHECKSUM_LENGTH)
}

function isSortValues(values: unknown): values is readonly SortValue[] {
  return (
    Array.isArray(values) &&
    values.every((value) => value === null || typeof value === 'string' || typeof value === 'number')
  )
}
