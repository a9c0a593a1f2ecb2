/** The store on MongoDB: one collection for each collection of the port, organizations side by side. */
import type { MongoConnection } from '../mongo/connect.ts'
import { troubleOf } from '../mongo/trouble.ts'
import { pathShapes } from './array-paths.ts'
import { StoreUnavailable } from '../../nodes/platform/store/errors.ts'
import { parseFilter } from './filter.ts'
import { assertLease } from './form.ts'
import { bytesOf } from './mongo/bytes-of.ts'
import { MongoCollection } from './mongo/collection.ts'
import { filterToMongo } from './mongo/filter-to-mongo.ts'
import { claimRows } from './mongo/leases.ts'
import { planPage } from './mongo/page.ts'
import { storedOf } from './mongo/row.ts'
import { StoreTable } from './mongo/table.ts'
import { assertOrganizationId, assertSpec } from './names.ts'
import type {
  Collection,
  CollectionSpec,
  Document,
  EverywherePage,
  Filter,
  FindOptions,
  Lease,
  OrganizationStore,
  Owned,
  Store,
} from '../../nodes/platform/store/port.ts'

export interface MongoStoreOptions {
  /** Writes that may be on their way in one collection before more are refused; default 10,000. */
  readonly maxWaitingWrites?: number
}

const PROBE_WAIT_MS = 1_000

/** Collections and their indexes are created when first used. Closing the store leaves the connection open. */
export function openMongoStore(connection: MongoConnection, options: MongoStoreOptions = {}): Store {
  return new MongoStore(connection, options.maxWaitingWrites ?? 10_000)
}

class MongoStore implements Store {
  readonly #connection: MongoConnection
  readonly #maxWaitingWrites: number
  readonly #tables = new Map<string, StoreTable>()
  #isClosed = false

  constructor(connection: MongoConnection, maxWaitingWrites: number) {
    this.#connection = connection
    this.#maxWaitingWrites = maxWaitingWrites
  }

  organization(orgId: string): OrganizationStore {
    assertOrganizationId(orgId)
    return {
      orgId,
      collection: <T extends Document>(spec: CollectionSpec<T>) =>
        new MongoCollection(this.#table(spec), spec, orgId),
    }
  }

  platform<T extends Document>(spec: CollectionSpec<T>): Collection<T> {
    return new MongoCollection(this.#table(spec), spec, '')
  }

  async everywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter?: Filter,
    options: FindOptions = {},
  ): Promise<EverywherePage<T>> {
    const table = this.#table(spec)
    const plan = planPage(spec.name, options, true)
    const where = filterToMongo(parseFilter(filter), pathShapes(spec.schema))
    await table.pending.settled()
    const rows = await table.guard(async () => {
      await table.ready(spec)
      return table.rows
        .find({ $and: [{ org: { $gt: '' } }, where, plan.behind] })
        .sort(plan.sort)
        .limit(plan.limit + 1)
        .toArray()
    })
    const items = rows.slice(0, plan.limit).map((row) => {
      const { document, version } = storedOf(spec, row)
      return { document, version, orgId: row.org }
    })
    const last = rows[plan.limit - 1]
    if (rows.length <= plan.limit || last === undefined) return { items }
    return { items, nextCursor: plan.cursorAfter(last) }
  }

  async claimEverywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter: Filter,
    lease: Lease,
    options: Omit<FindOptions, 'cursor'> = {},
  ): Promise<readonly Owned<T>[]> {
    assertLease(lease)
    const table = this.#table(spec)
    const own = filterToMongo(parseFilter(filter), pathShapes(spec.schema))
    const where = { $and: [{ org: { $gt: '' } }, own] }
    const { sort, limit } = planPage(spec.name, options, true)
    table.pending.assertRoom()
    const rows = await table.guard(() =>
      table.pending.writeMany(async () => {
        await table.ready(spec)
        return claimRows(table.rows, where, lease, { sort, limit })
      }),
    )
    return rows.map((row) => Object.assign(storedOf(spec, row), { orgId: String(row['org']) }))
  }

  async bytesOf(orgId: string): Promise<number> {
    assertOrganizationId(orgId)
    if (this.#isClosed) throw new StoreUnavailable('closed')
    try {
      return await bytesOf(this.#connection.db, orgId)
    } catch (error) {
      const reason = troubleOf(error)
      throw reason === undefined ? error : new StoreUnavailable(reason, error)
    }
  }

  async probe(): Promise<void> {
    if (this.#isClosed) throw new StoreUnavailable('closed')
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new StoreUnavailable('busy')), PROBE_WAIT_MS)
    const writing = this.#connection.db
      .collection<{ _id: string; count: number }>('probe')
      .updateOne({ _id: 'store' }, { $inc: { count: 1 } }, { upsert: true })
      .catch((error: unknown) => {
        const reason = troubleOf(error)
        throw reason === undefined ? error : new StoreUnavailable(reason, error)
      })
    try {
      await Promise.race([writing, late])
    } finally {
      clearTimeout(timer)
      // Its end after a lost race is nobody's news.
      writing.catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#tables.values()].map((table) => table.pending.settled()))
    this.#isClosed = true
  }

  #table<T extends Document>(spec: CollectionSpec<T>): StoreTable {
    const known = this.#tables.get(spec.name)
    if (known !== undefined) return known
    assertSpec(spec)
    const table = new StoreTable(spec.name, {
      db: this.#connection.db,
      hasGeoIndex: this.#connection.features.hasGeoIndex,
      maxWaitingWrites: this.#maxWaitingWrites,
      isClosed: () => this.#isClosed,
    })
    this.#tables.set(spec.name, table)
    return table
  }
}
