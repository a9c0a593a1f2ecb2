/** The store on SQLite (node:sqlite): one pooled file, and one more for each dedicated organization. */
import { mkdirSync } from 'node:fs'
import { AlreadyThere } from '../../nodes/platform/store/errors.ts'
import type { LogCopy } from '../checkpoints/log-keeper.ts'
import { parseFilter } from './filter.ts'
import { assertOrganizationId } from './names.ts'
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
import { bytesOf } from './sqlite/bytes-of.ts'
import { planClaim } from './sqlite/claim.ts'
import { SqliteCollection } from './sqlite/collection.ts'
import { EverywhereKeys } from './sqlite/everywhere-keys.ts'
import { StoreFiles } from './sqlite/files.ts'
import { filterToSql, join } from './sqlite/filter-to-sql.ts'
import type { Sql } from './sqlite/filter-to-sql.ts'
import { bringUpToDate, readable } from './sqlite/forms.ts'
import { planPage, stored } from './sqlite/page.ts'
import { isDefined, tableOf } from './sqlite/schema.ts'

/** What a logger must offer; pino does. */
export interface StoreLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface SqliteStoreOptions {
  readonly directory: string
  /**
   * Organizations with a database file of their own. The answer for one must not change while the store is open. By default those
   * that have been dedicated.
   */
  readonly isDedicated?: (orgId: string) => boolean
  readonly logger?: StoreLogger
  /** Writes that may wait for a locked database before more are refused; default 10,000. */
  readonly maxWaitingWrites?: number
  /** How long a write waits for a locked database; default 30 s. */
  readonly maxWaitMs?: number
  /**
   * What a database file may grow to (its log aside); beyond, writes are refused and removals still work. Keep it
   * below the disk's size: on a disk that is really full not even a removal can be logged.
   */
  readonly maxFileBytes?: number
  /**
   * What is committed is brought to disk by another thread, and writes are answered after that: a slow disk holds up
   * those who wait, not the event loop. Virtual time does not wait for other threads. Default: within the commit.
   */
  readonly syncsBeside?: boolean
  /** Copies logs in a thread that waits for disks in any case; by default the event loop waits. */
  readonly copyLog?: LogCopy
}

const PROBE_WAIT_MS = 1_000

/**
 * Opens (and creates) the directory and its pooled file; dedicated files are opened when first used.
 * @throws StoreUnavailable, SchemaConflict when the files are of a newer program
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { directory, logger, isDedicated, maxWaitingWrites = 10_000, maxWaitMs = 30_000 } = options
  mkdirSync(directory, { recursive: true })
  const files = new StoreFiles({
    directory,
    isDedicated,
    maxFileBytes: options.maxFileBytes,
    syncsBeside: options.syncsBeside ?? false,
    copyLog: options.copyLog,
    limits: { maxWaiting: maxWaitingWrites, maxWaitMs },
    eventsOf: (file) => ({
      onBlocked: (error) => logger?.warn({ file, err: error }, 'database locked, writes wait'),
      onUnblocked: (blockedMs) => logger?.info({ file, blockedMs }, 'database free, writes go on'),
    }),
  })
  files.pooled()
  return Promise.resolve(new SqliteStore(files))
}

class SqliteStore implements Store {
  readonly #files: StoreFiles
  #claims = 0

  constructor(files: StoreFiles) {
    this.#files = files
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
    const owned: Sql = { text: `org <> ''`, parameters: [] }
    const where = join([owned, filterToSql(parseFilter(filter), tableOf(spec).shapeOf)], ' AND ')
    const run = planPage({ collection: spec.name, where, everywhere: true }, options)
    const places = this.#files.allPlaces(spec)
    for (const { file, table } of places) {
      await file.settled()
      await readable(file, table, spec)
    }
    const { rows, nextCursor } = await this.#files
      .pooled()
      .read(() => run(places.filter(({ file, table }) => isDefined(file, table))))
    const items = rows.map((row) => {
      const { document, version } = stored(spec, row)
      return { document, version, orgId: String(row['org']) }
    })
    return nextCursor === undefined ? { items } : { items, nextCursor }
  }

  async claimEverywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter: Filter,
    lease: Lease,
    options: Omit<FindOptions, 'cursor'> = {},
  ): Promise<readonly Owned<T>[]> {
    const owned: Sql = { text: `org <> ''`, parameters: [] }
    const where = join([owned, filterToSql(parseFilter(filter), tableOf(spec).shapeOf)], ' AND ')
    const { claim, limit } = planClaim({ where, everywhere: true }, lease, options)
    const claimed: Owned<T>[] = []
    // Each file has its turn to be first, so that a busy one does not keep the others waiting.
    const places = this.#files.allPlaces(spec)
    const first = this.#claims++ % places.length
    for (const { file, table } of places) file.touch(table.bareName)
    for (const { file, table } of [...places.slice(first), ...places.slice(0, first)]) {
      if (claimed.length >= limit) break
      const rows = await file.write(() => {
        if (!isDefined(file, table)) return []
        bringUpToDate(file, table, spec)
        file.touch(table.bareName)
        return claim(file, table, limit - claimed.length)
      })
      claimed.push(...rows.map((row) => Object.assign(stored(spec, row), { orgId: String(row['org']) })))
    }
    return claimed
  }

  readonly revisionOf = <T extends Document>(spec: CollectionSpec<T>): number => {
    let revision = 0
    for (const { file, table } of this.#files.allPlaces(spec)) revision += file.revisionOf(table.bareName)
    return revision
  }

  async dedicate(orgId: string): Promise<void> {
    assertOrganizationId(orgId)
    if (this.#files.isDedicated(orgId)) return
    if ((await bytesOf(this.#files.pooled(), orgId)) > 0) throw new AlreadyThere(orgId)
    this.#files.dedicate(orgId)
  }

  bytesOf(orgId: string): Promise<number> {
    assertOrganizationId(orgId)
    return bytesOf(this.#files.fileOf(orgId), orgId)
  }

  async probe(): Promise<void> {
    const file = this.#files.pooled()
    const sql = 'INSERT INTO probe (one, count) VALUES (1, 1) ON CONFLICT DO UPDATE SET count = count + 1'
    await file.write(() => file.run(sql), PROBE_WAIT_MS)
  }

  close(): Promise<void> {
    return this.#files.close()
  }

  #collection<T extends Document>(orgId: string, spec: CollectionSpec<T>): Collection<T> {
    const place = this.#files.placeOf(orgId, spec)
    const keys = spec.uniqueEverywhere !== undefined ? this.#everywhereKeys(orgId, spec) : undefined
    return new SqliteCollection<T>({ ...place, spec, org: orgId, keys })
  }

  #everywhereKeys<T extends Document>(orgId: string, spec: CollectionSpec<T>): EverywhereKeys<T> {
    const pooled = this.#files.isDedicated(orgId) ? tableOf(spec) : undefined
    return new EverywhereKeys(this.#files.placeOf(orgId, spec).file, spec, pooled, (other) =>
      this.#files.isDedicated(other) ? this.#files.placeOf(other, spec) : undefined,
    )
  }
}
