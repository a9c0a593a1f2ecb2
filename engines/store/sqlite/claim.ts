/** Takes leases: inside a write, so that nobody comes in between. */
import { assertLease, latestEndMs } from '../form.ts'
import type { FindOptions, Lease } from '../../../nodes/platform/store/port.ts'
import { parseLimit, parseSort } from '../query.ts'
import type { DatabaseFile, Row } from './database-file.ts'
import { join, LIMIT } from './filter-to-sql.ts'
import type { Sql } from './filter-to-sql.ts'
import type { Table } from './schema.ts'
import { orderBy } from './select.ts'

export interface ClaimScope {
  readonly where: Sql
  /** Over all organizations. */
  readonly everywhere: boolean
}

/** What takes the first that match and are free, in order; at most `limit` of them, or as many as were asked for. */
export type Claim = (file: DatabaseFile, table: Table, limit?: number) => readonly Row[]

/** Checks lease and options at once. @throws InvalidQuery */
export function planClaim(
  { where, everywhere }: ClaimScope,
  lease: Lease,
  options: Omit<FindOptions, 'cursor'>,
): { readonly claim: Claim; readonly limit: number } {
  assertLease(lease)
  const { owner, nowMs, durationMs } = lease
  const isFree: Sql = {
    text: '(lease_until IS NULL OR lease_until <= ? OR lease_until > ?)',
    parameters: [nowMs, latestEndMs(lease)],
  }
  const { text, parameters } = join([isFree, where], ' AND ')
  const order = orderBy({ ...parseSort(options.sort), withOrg: everywhere })
  const wanted = parseLimit(options.limit)
  const claim: Claim = (file, table, limit = wanted) => {
    const rows = file.all(
      `SELECT seq, org, version + 1 AS version, form, json(doc) AS doc FROM ${table.name}
        WHERE ${text} ORDER BY ${order} ${LIMIT}`,
      [...parameters, limit],
    )
    if (rows.length === 0) return rows
    const taken = JSON.stringify(rows.map((row) => row['seq']))
    file.run(
      `UPDATE ${table.name} SET lease_owner = ?, lease_until = ?, version = version + 1
        WHERE seq IN (SELECT value FROM json_each(?))`,
      [owner, Math.ceil(nowMs + durationMs), taken],
    )
    return rows
  }
  return { claim, limit: wanted }
}
