/** Claims: each document is taken by one compare-and-set, so that two workers never hold the same one. */
import type { Collection as Table, Document as Bson } from 'mongodb'

import type { Lease } from '../../../nodes/platform/store/port.ts'
import { latestEndMs } from '../form.ts'
import type { Row } from './row.ts'

export interface ClaimOrder {
  readonly sort: Readonly<Record<string, 1 | -1>>
  readonly limit: number
}

/** Takes the first that match and are free, in order, up to the limit. */
export async function claimRows(
  table: Table<Row>,
  where: Bson,
  lease: Lease,
  { sort, limit }: ClaimOrder,
): Promise<readonly Bson[]> {
  const { owner, nowMs, durationMs } = lease
  const isFree: Bson = { $or: [{ lu: null }, { lu: { $lte: nowMs } }, { lu: { $gt: latestEndMs(lease) } }] }
  const free: Bson = { $and: [where, isFree] }
  const take = { $set: { lo: owner, lu: Math.ceil(nowMs + durationMs) }, $inc: { v: 1 } }
  const taken: Bson[] = []
  for (;;) {
    const candidates = await table
      .find(free, { projection: { v: 1 } })
      .sort(sort)
      .limit(limit - taken.length)
      .toArray()
    const tries = candidates.map(({ _id, v }) =>
      // Unchanged since it was found, so it still matches.
      table.findOneAndUpdate({ $and: [{ _id, v }, isFree] }, take, { returnDocument: 'after' }),
    )
    const rows = (await Promise.all(tries)).filter((row) => row !== null)
    taken.push(...rows)
    // Others took some of them: there may be more behind.
    if (taken.length >= limit || candidates.length === rows.length) return taken
  }
}
