/**
 * The store on MongoDB: one collection for each collection of the port, organizations side by side; and for each dedicated
 * organization the same in a database of its own.
 */
import type { Document as Bson } from 'mongodb'
import type { MongoConnection } from '../mongo/connect.ts'
import { troubleOf } from '../mongo/trouble.ts'
import { pathShapes } from './array-paths.ts'
import { AlreadyThere, StoreUnavailable } from '../../nodes/platform/store/errors.ts'
import { parseFilter } from './filter.ts'
import { assertLease } from './form.ts'
import { bytesOf } from './mongo/bytes-of.ts'
import { MongoCollection } from './mongo/collection.ts'
import { EverywhereKeys } from './mongo/everywhere-keys.ts'
import { filterToMongo } from './mongo/filter-to-mongo.ts'
import { guarded } from './mongo/guarded.ts'
import { claimRows } from './mongo/leases.ts'
import { planPage } from './mongo/page.ts'
import { Places } from './mongo/places.ts'
import { storedOf } from './mongo/row.ts'
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
  /** Epoch milliseconds, as other instances have them. */
  readonly now?: () => number
  /** For who ends a move that was cut short: opens all the same, for the platform's own documents. */
  readonly mayBeMoving?: boolean
}

const PROBE_WAIT_MS = 1_000

/**
 * Collections and their indexes are created when first used. Closing the store leaves the connection open.
 * @throws StoreUnavailable, MoveUnfinished
 */
export async function openMongoStore(
  connection: MongoConnection,
  options: MongoStoreOptions = {},
): Promise<Store> {
  const store = new MongoStore(connection, options)
  if (options.mayBeMoving !== true) await store.open()
  return store
}

class MongoStore implements Store {
  readonly #connection: MongoConnection
  readonly #places: Places
  readonly #now: () => number
  #isClosed = false
  #claims = 0

  constructor(connection: MongoConnection, { maxWaitingWrites = 10_000, now = Date.now }: MongoStoreOptions) {
    this.#connection = connection
    this.#now = now
    this.#places = new Places({ connection, maxWaitingWrites, isClosed: () => this.#isClosed })
  }

  open(): Promise<void> {
    return this.#places.read()
  }

  organization(orgId: string): OrganizationStore {
    assertOrganizationId(orgId)
    return {
      orgId,
      collection: <T extends Document>(spec: CollectionSpec<T>) => this.#collection(orgId, spec),
    }
  }

  platform<T extends Document>(spec: CollectionSpec<T>): Collection<T> {
    return this.#collection('', spec)
  }

  async everywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter?: Filter,
    options: FindOptions = {},
  ): Promise<EverywherePage<T>> {
    const plan = planPage(spec.name, options, true)
    const where = filterToMongo(parseFilter(filter), pathShapes(spec.schema))
    const tables = await this.#places.allTables(spec)
    const found = await Promise.all(
      tables.map(async (table) => {
        await table.pending.settled()
        return table.guard(async () => {
          await table.ready(spec)
          return table.rows
            .find({ $and: [{ org: { $gt: '' } }, where, plan.behind] })
            .sort(plan.sort)
            .limit(plan.limit + 1)
            .toArray()
        })
      }),
    )
    const [only = []] = found
    const rows = found.length === 1 ? only : found.flat().sort((one, other) => plan.compare(one, other))
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
    const own = filterToMongo(parseFilter(filter), pathShapes(spec.schema))
    const where = { $and: [{ org: { $gt: '' } }, own] }
    const { sort, limit } = planPage(spec.name, options, true)
    const tables = await this.#places.allTables(spec)
    const claimed: Bson[] = []
    // Each database has its turn to be first, so that a busy one does not keep the others waiting.
    const first = this.#claims++ % tables.length
    for (const table of [...tables.slice(first), ...tables.slice(0, first)]) {
      if (claimed.length >= limit) break
      table.pending.assertRoom()
      const rows = await table.guard(() =>
        table.pending.writeMany(async () => {
          await table.ready(spec)
          return claimRows(table.rows, where, lease, { sort, limit: limit - claimed.length })
        }),
      )
      claimed.push(...rows)
    }
    return claimed.map((row) => Object.assign(storedOf(spec, row), { orgId: String(row['org']) }))
  }

  async dedicate(orgId: string): Promise<void> {
    assertOrganizationId(orgId)
    if ((await this.#places.databaseOf(orgId)) !== '') return
    if ((await this.bytesOf(orgId)) > 0) throw new AlreadyThere(orgId)
    await this.#places.dedicate(orgId)
  }

  async bytesOf(orgId: string): Promise<number> {
    assertOrganizationId(orgId)
    const database = await this.#places.databaseOf(orgId)
    return guarded(
      () => this.#isClosed,
      () => bytesOf(this.#places.dbOf(database), orgId),
    )
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
    await this.#places.settled()
    this.#isClosed = true
  }

  #collection<T extends Document>(org: string, spec: CollectionSpec<T>): Collection<T> {
    assertSpec(spec)
    const places = this.#places
    const keys =
      spec.uniqueEverywhere === undefined
        ? undefined
        : new EverywhereKeys({ places, spec, orgId: org, now: this.#now })
    return new MongoCollection<T>({ spec, org, keys, table: () => places.tableOf(org, spec) })
  }
}
