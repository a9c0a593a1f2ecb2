/**
 * Which database holds what: the pooled one, and for each dedicated organization its own on the same server. Who has one
 * stands in `engine.databases` of the pooled one, since any instance may give an organization its own.
 */
import { createHash } from 'node:crypto'
import type { Collection as Table, Db } from 'mongodb'
import type { MongoConnection } from '../../mongo/connect.ts'
import { MoveUnfinished } from '../../../nodes/platform/store/errors.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { assertSpec } from '../names.ts'
import { guarded } from './guarded.ts'
import { StoreTable } from './table.ts'

export interface DatabaseRow {
  readonly _id: string
  readonly database: string
  /** There while the organization is moved. */
  readonly moving?: 'pooled' | 'dedicated'
}

export const databasesOf = (db: Db): Table<DatabaseRow> => db.collection<DatabaseRow>('engine.databases')

/** Shorter than the server's limit for the name of a database, 63 bytes. */
const MAX_NAME_BYTES = 60

/** The server takes names that differ in case for a clash. */
export function databaseNameOf(pooled: string, orgId: string): string {
  const plain = `${pooled}-org-${orgId}`
  if (orgId === orgId.toLowerCase() && Buffer.byteLength(plain) <= MAX_NAME_BYTES) return plain
  const digest = createHash('sha256').update(orgId).digest('hex').slice(0, 20)
  return `${pooled.slice(0, 30)}-orgx-${digest}`
}

export interface PlacesOptions {
  readonly connection: MongoConnection
  readonly maxWaitingWrites: number
  readonly isClosed: () => boolean
}

export class Places {
  readonly #options: PlacesOptions
  readonly #databases: Table<DatabaseRow>
  readonly #tables = new Map<string, Map<string, StoreTable>>()
  /** Of organizations, by what was read; '' is the pooled one, where the platform's own are. */
  readonly #known = new Map<string, string>([['', '']])
  readonly #asking = new Map<string, Promise<string>>()
  #reading: Promise<void> | undefined

  constructor(options: PlacesOptions) {
    this.#options = options
    this.#databases = databasesOf(options.connection.db)
  }

  /** The name of its database, '' for the pooled one; once it is known without a wait. */
  databaseOf(orgId: string): string | Promise<string> {
    return this.#known.get(orgId) ?? this.#asking.get(orgId) ?? this.#ask(orgId)
  }

  dbOf(database: string): Db {
    const { connection } = this.#options
    return database === '' ? connection.db : connection.database(database)
  }

  table(database: string, name: string): StoreTable {
    const tables = this.#tables.get(database) ?? new Map<string, StoreTable>()
    this.#tables.set(database, tables)
    const known = tables.get(name)
    if (known !== undefined) return known
    const { connection, isClosed, maxWaitingWrites } = this.#options
    const { hasGeoIndex } = connection.features
    const table = new StoreTable(name, { db: this.dbOf(database), hasGeoIndex, maxWaitingWrites, isClosed })
    tables.set(name, table)
    return table
  }

  /** Where an organization's documents are; '' is the platform. */
  tableOf<T extends Document>(orgId: string, { name }: CollectionSpec<T>): StoreTable | Promise<StoreTable> {
    const database = this.databaseOf(orgId)
    return typeof database === 'string'
      ? this.table(database, name)
      : database.then((found) => this.table(found, name))
  }

  /** Everywhere that documents of a collection can be; those count that got a database until now. */
  async allTables<T extends Document>(spec: CollectionSpec<T>): Promise<readonly StoreTable[]> {
    assertSpec(spec)
    await this.read()
    return ['', ...this.#dedicated()].map((database) => this.table(database, spec.name))
  }

  /** Gives it a database. */
  async dedicate(orgId: string): Promise<void> {
    const database = databaseNameOf(this.#options.connection.db.databaseName, orgId)
    await this.#guard(() =>
      this.#databases.updateOne({ _id: orgId }, { $setOnInsert: { database } }, { upsert: true }),
    )
    this.#known.set(orgId, database)
  }

  /** Who has a database; what is called in one turn of the event loop shares the answer. @throws MoveUnfinished */
  read(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading
    const reading = this.#guard(async () => {
      for await (const row of this.#databases.find()) this.#note(row)
    })
    this.#reading = reading
    setImmediate(() => {
      this.#reading = undefined
    })
    return reading
  }

  async settled(): Promise<void> {
    const tables = [...this.#tables.values()].flatMap((some) => Array.from(some.values()))
    await Promise.all(tables.map((table) => table.pending.settled()))
  }

  #dedicated(): readonly string[] {
    return [...this.#known.values()].filter((database) => database !== '')
  }

  #note({ _id, database, moving }: DatabaseRow): string {
    if (moving !== undefined) throw new MoveUnfinished(_id)
    this.#known.set(_id, database)
    return database
  }

  /**
   * Nobody uses an organization that is not there yet, and it has its database before that: what is found here stays. (And
   * whatever looks everywhere would put it right.)
   */
  #ask(orgId: string): Promise<string> {
    const asking = this.#guard(async () => {
      const row = await this.#databases.findOne({ _id: orgId })
      return row === null ? '' : this.#note(row)
    })
    this.#asking.set(orgId, asking)
    const forget = (): void => {
      this.#asking.delete(orgId)
    }
    asking.then((database) => {
      // Not before those that waited have gone on, so that nobody overtakes them.
      setImmediate(() => {
        if (!this.#known.has(orgId)) this.#known.set(orgId, database)
        forget()
      })
    }, forget)
    return asking
  }

  #guard<R>(run: () => Promise<R>): Promise<R> {
    return guarded(this.#options.isClosed, run)
  }
}
