/** The store on SQLite (node:sqlite): one pooled file, and one more for each dedicated organization. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { StoreUnavailable } from './errors.ts'
import { parseFilter } from './filter.ts'
import { assertOrganizationId, isOrganizationId } from './names.ts'
import type {
  CollectionSpec,
  Document,
  Filter,
  EverywherePage,
  FindOptions,
  OrganizationStore,
  Store,
} from './port.ts'
import { SqliteCollection } from './sqlite/collection.ts'
import { DatabaseFile } from './sqlite/database-file.ts'
import { filterToSql, join } from './sqlite/filter-to-sql.ts'
import type { Sql } from './sqlite/filter-to-sql.ts'
import { planPage, stored } from './sqlite/page.ts'
import { isReadable, tableOf } from './sqlite/schema.ts'

/** What a logger must offer; pino does. */
export interface StoreLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface SqliteStoreOptions {
  readonly directory: string
  /** Organizations with a database file of their own. The answer for one must not change while the store is open. */
  readonly isDedicated?: (orgId: string) => boolean
  readonly logger?: StoreLogger
  /** Writes that may wait for a locked database before more are refused; default 10,000. */
  readonly maxWaitingWrites?: number
  /** How long a write waits for a locked database; default 30 s. */
  readonly maxWaitMs?: number
}

const POOLED = 'store.db'
const PROBE_WAIT_MS = 1_000
const DEDICATED = /^org-(.+)\.db$/

/** Opens (and creates) the directory and its pooled file; dedicated files are opened when first used. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  mkdirSync(options.directory, { recursive: true })
  const store = new SqliteStore(options)
  await store.probe()
  return store
}

class SqliteStore implements Store {
  readonly #options: SqliteStoreOptions
  readonly #files = new Map<string, DatabaseFile>()
  #closed = false

  constructor(options: SqliteStoreOptions) {
    this.#options = options
    this.#file(POOLED)
  }

  organization(orgId: string): OrganizationStore {
    assertOrganizationId(orgId)
    const name = this.#isDedicated(orgId) ? `org-${orgId}.db` : POOLED
    return {
      orgId,
      collection: <T extends Document>(spec: CollectionSpec<T>) =>
        new SqliteCollection<T>(this.#file(name), spec, orgId),
    }
  }

  platform<T extends Document>(spec: CollectionSpec<T>): SqliteCollection<T> {
    return new SqliteCollection<T>(this.#file(POOLED), spec, '')
  }

  async everywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter?: Filter,
    options: FindOptions = {},
  ): Promise<EverywherePage<T>> {
    const table = tableOf(spec)
    const owned: Sql = { text: `org <> ''`, parameters: [] }
    const where = join([owned, filterToSql(parseFilter(filter), table.shapeOf)], ' AND ')
    const run = planPage({ table, where, everywhere: true }, options)
    const files = this.#filesOfAll()
    await Promise.all(files.map((file) => file.read(() => undefined)))
    const { rows, nextCursor } = run(files.filter((file) => isReadable(file, table)))
    const items = rows.map((row) => {
      const { document, version } = stored<T>(row)
      return { document, version, orgId: String(row['org']) }
    })
    return nextCursor === undefined ? { items } : { items, nextCursor }
  }

  async probe(): Promise<void> {
    const file = this.#file(POOLED)
    const sql = 'INSERT INTO probe (one, count) VALUES (1, 1) ON CONFLICT DO UPDATE SET count = count + 1'
    await file.write(() => file.run(sql), PROBE_WAIT_MS)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#files.values()].map((file) => file.close()))
  }

  #isDedicated(orgId: string): boolean {
    return this.#options.isDedicated?.(orgId) ?? false
  }

  #file(name: string): DatabaseFile {
    if (this.#closed) throw new StoreUnavailable('closed')
    const open = this.#files.get(name)
    if (open !== undefined) return open
    const { directory, logger, maxWaitingWrites = 10_000, maxWaitMs = 30_000 } = this.#options
    const file = new DatabaseFile(
      joinPath(directory, name),
      { maxWaiting: maxWaitingWrites, maxWaitMs },
      {
        onBlocked: (error) => logger?.warn({ file: name, err: error }, 'database locked, writes wait'),
        onUnblocked: (blockedMs) => logger?.info({ file: name, blockedMs }, 'database free, writes drained'),
      },
    )
    this.#files.set(name, file)
    return file
  }

  #filesOfAll(): readonly DatabaseFile[] {
    const dedicated = readdirSync(this.#options.directory).filter((name) => {
      const orgId = DEDICATED.exec(name)?.[1]
      return isOrganizationId(orgId) && this.#isDedicated(orgId)
    })
    return [POOLED, ...dedicated].map((name) => this.#file(name))
  }
}
