/** A collection of one organization (or of the platform: organization '') in one database file. */
import type { SQLInputValue } from 'node:sqlite'
import { isChecked } from '../../../nodes/platform/store/checked.ts'
import { DuplicateKey, InvalidDocument, InvalidQuery } from '../../../nodes/platform/store/errors.ts'
import { assertLease } from '../form.ts'
import { formOf } from '../../../nodes/platform/store/upcasted.ts'
import { parseFilter } from '../filter.ts'
import { assertDocumentId, isDocumentId } from '../names.ts'
import type {
  Collection,
  CollectionSpec,
  Document,
  Filter,
  FindOptions,
  GeoPoint,
  InsertOutcome,
  Lease,
  Page,
  ReplaceOutcome,
  Stored,
} from '../../../nodes/platform/store/port.ts'
import { planClaim } from './claim.ts'
import type { DatabaseFile, Row } from './database-file.ts'
import { takenKey } from './engine-error.ts'
import type { EverywhereKeys } from './everywhere-keys.ts'
import { filterToSql, join } from './filter-to-sql.ts'
import type { Sql } from './filter-to-sql.ts'
import { planNear } from './near.ts'
import type { NearOptions } from './near.ts'
import { planPage, stored } from './page.ts'
import { bringUpToDate, readable } from './forms.ts'
import { isDefined } from './schema.ts'
import type { Table } from './schema.ts'

const REMOVE_CHUNK = 1_000

export interface CollectionPlace<T extends Document> {
  readonly file: DatabaseFile
  readonly table: Table
  readonly spec: CollectionSpec<T>
  /** '' for the platform. */
  readonly org: string
  /** Needed where keys that are unique everywhere may also be in other files. */
  readonly keys: EverywhereKeys<T> | undefined
}

type Duplicate = Extract<InsertOutcome<Document>, { kind: 'duplicate' }>

export class SqliteCollection<T extends Document> implements Collection<T> {
  readonly #file: DatabaseFile
  readonly #spec: CollectionSpec<T>
  readonly #table: Table
  readonly #form: number
  readonly #org: string
  readonly #keys: EverywhereKeys<T> | undefined

  constructor({ file, table, spec, org, keys }: CollectionPlace<T>) {
    this.#file = file
    this.#spec = spec
    this.#table = table
    this.#form = formOf(spec)
    this.#org = org
    this.#keys = keys
  }

  async insert(document: T): Promise<InsertOutcome<T>> {
    const insert = this.#inserting(document)
    return this.#write(insert)
  }

  /** A statement that fails leaves those before it, which is what is wanted. */
  async insertInOrder(documents: readonly T[]): Promise<readonly InsertOutcome<T>[]> {
    const inserts = documents.map((document) => this.#inserting(document))
    return this.#write(() => {
      const outcomes: InsertOutcome<T>[] = []
      for (const insert of inserts) {
        const outcome = insert()
        outcomes.push(outcome)
        if (outcome.kind === 'duplicate') break
      }
      return outcomes
    })
  }

  async get(id: string): Promise<Stored<T> | undefined> {
    if (!isDocumentId(id)) return undefined
    return this.#read(() => this.#current(id), undefined)
  }

  async find(filter?: Filter, options: FindOptions = {}): Promise<Page<T>> {
    const where = this.#where(filter)
    const scope = { collection: this.#spec.name, where, everywhere: false }
    const run = planPage(scope, options)
    const place = { file: this.#file, table: this.#table }
    const { rows, nextCursor } = await this.#read(() => run([place]), { rows: [] })
    const items = rows.map((row) => stored(this.#spec, row))
    return nextCursor === undefined ? { items } : { items, nextCursor }
  }

  async count(filter?: Filter): Promise<number> {
    const { text, parameters } = this.#where(filter)
    const sql = `SELECT count(*) AS count FROM ${this.#table.name} WHERE ${text}`
    return this.#read(() => Number(this.#file.get(sql, parameters)?.['count']), 0)
  }

  async replace(document: T, expectedVersion: number): Promise<ReplaceOutcome<T>> {
    const [checked, text] = this.#check(document)
    return this.#write(() => {
      if (this.#isAt(checked.id, expectedVersion)) return this.#overwrite(checked, text, expectedVersion)
      const current = this.#current(checked.id)
      if (current === undefined) return { kind: 'missing' }
      if (current.version !== expectedVersion) return { kind: 'conflict', current }
      return this.#overwrite(checked, text, expectedVersion)
    })
  }

  async upsert(document: T): Promise<Stored<T>> {
    const [checked, text] = this.#check(document)
    const sql = `INSERT INTO ${this.#table.name} (org, id, version, form, doc)
      VALUES (?, ?, 1, ${this.#form}, jsonb(?))
      ON CONFLICT (org, id) DO UPDATE SET doc = excluded.doc, form = excluded.form, version = version + 1 RETURNING version`
    return this.#write(() => {
      let version = 0
      const duplicate = this.#unlessTaken(checked, () => {
        version = Number(this.#file.get(sql, [this.#org, checked.id, text])?.['version'])
      })
      if (duplicate !== undefined) throw new DuplicateKey(this.#spec.name, duplicate.key)
      return { document: checked, version }
    })
  }

  async update(id: string, change: (document: T) => T): Promise<ReplaceOutcome<T>> {
    if (!isDocumentId(id)) return { kind: 'missing' }
    // Read and written under the write lock: it holds the first time.
    return this.#write(() => {
      const current = this.#current(id)
      if (current === undefined) return { kind: 'missing' }
      const changed = change(current.document)
      if (changed === current.document) return { kind: 'replaced', stored: current }
      const [checked, text] = this.#check(changed)
      if (checked.id !== id) throw this.#invalid('an update cannot change the id')
      return this.#overwrite(checked, text, current.version)
    })
  }

  async remove(id: string, expectedVersion?: number): Promise<boolean> {
    if (!isDocumentId(id)) return false
    const sql = `DELETE FROM ${this.#table.name} WHERE org = ? AND id = ?`
    return this.#write(() =>
      expectedVersion === undefined
        ? this.#file.run(sql, [this.#org, id]) > 0
        : this.#file.run(`${sql} AND version = ?`, [this.#org, id, expectedVersion]) > 0,
    )
  }

  async removeMany(filter: Filter): Promise<number> {
    const { text, parameters } = this.#where(filter)
    const { name } = this.#table
    const chunk = `SELECT seq FROM ${name} WHERE ${text} LIMIT ${REMOVE_CHUNK}`
    let removed = 0
    // In chunks, so that a great removal does not hold up the event loop and the other writers.
    for (;;) {
      const count = await this.#write(() =>
        this.#file.run(`DELETE FROM ${name} WHERE seq IN (${chunk})`, parameters),
      )
      removed += count
      if (count < REMOVE_CHUNK) return removed
    }
  }

  async claim(
    filter: Filter,
    lease: Lease,
    options: Omit<FindOptions, 'cursor'> = {},
  ): Promise<readonly Stored<T>[]> {
    const { claim } = planClaim({ where: this.#where(filter), everywhere: false }, lease, options)
    return this.#write(() => claim(this.#file, this.#table).map((row) => stored(this.#spec, row)))
  }

  async release(id: string, owner: string): Promise<boolean> {
    if (!isDocumentId(id)) return false
    const sql = `UPDATE ${this.#table.name} SET lease_owner = NULL, lease_until = NULL
      WHERE org = ? AND id = ? AND lease_owner = ?`
    return this.#write(() => this.#file.run(sql, [this.#org, id, owner]) > 0)
  }

  async renew(id: string, lease: Lease): Promise<boolean> {
    assertDocumentId(this.#spec.name, id)
    assertLease(lease)
    const { owner, nowMs, durationMs } = lease
    const sql = `UPDATE ${this.#table.name} SET lease_until = ? WHERE org = ? AND id = ? AND lease_owner = ?`
    const untilMs = Math.ceil(nowMs + durationMs)
    return this.#write(() => this.#file.run(sql, [untilMs, this.#org, id, owner]) > 0)
  }

  async near(
    point: GeoPoint,
    options: NearOptions,
  ): Promise<readonly (Stored<T> & { readonly distanceMeters: number })[]> {
    const where = this.#where(options.filter)
    const location = this.#spec.location
    if (location === undefined) throw new InvalidQuery(`${this.#spec.name} has no location`)
    const run = planNear({ table: this.#table, where, location }, point, options)
    const found = await this.#read(() => run(this.#file), [])
    return found.map(({ row, distanceMeters }) => {
      const { document, version } = stored(this.#spec, row)
      return { document, version, distanceMeters }
    })
  }

  #inserting(document: T): () => InsertOutcome<T> {
    const [checked, text] = this.#check(document)
    const sql = `INSERT INTO ${this.#table.name} (org, id, version, form, doc)
      VALUES (?, ?, 1, ${this.#form}, jsonb(?))`
    return () => {
      const duplicate = this.#unlessTaken(checked, () => this.#file.run(sql, [this.#org, checked.id, text]))
      return duplicate ?? { kind: 'inserted', stored: { document: checked, version: 1 } }
    }
  }

  #where(filter: Filter | undefined): Sql {
    const own: Sql = { text: 'org = ?', parameters: [this.#org] }
    return join([own, filterToSql(parseFilter(filter), this.#table.shapeOf)], ' AND ')
  }

  /** Whether it is of that version and of the form that is written today, without reading it. */
  #isAt(id: string, version: number): boolean {
    const sql = `SELECT form FROM ${this.#table.name} WHERE org = ? AND id = ? AND version = ? AND form = ${this.#form}`
    return this.#file.get(sql, [this.#org, id, version]) !== undefined
  }

  #current(id: string): Stored<T> | undefined {
    const sql = `SELECT version, form, json(doc) AS doc FROM ${this.#table.name} WHERE org = ? AND id = ?`
    const row: Row | undefined = this.#file.get(sql, [this.#org, id])
    return row === undefined ? undefined : stored(this.#spec, row)
  }

  #overwrite(document: T, text: string, version: number): ReplaceOutcome<T> {
    const sql = `UPDATE ${this.#table.name} SET doc = jsonb(?), form = ${this.#form}, version = version + 1
      WHERE org = ? AND id = ?`
    const parameters: readonly SQLInputValue[] = [text, this.#org, document.id]
    const duplicate = this.#unlessTaken(document, () => this.#file.run(sql, parameters))
    return duplicate ?? { kind: 'replaced', stored: { document, version: version + 1 } }
  }

  #unlessTaken(document: T, run: () => void): Duplicate | undefined {
    const elsewhere = this.#keys?.taken(document, { orgId: this.#org, id: document.id })
    if (elsewhere !== undefined) return { kind: 'duplicate', key: elsewhere }
    try {
      run()
      return undefined
    } catch (error) {
      const key = takenKey(error)
      if (key === undefined) throw error
      return { kind: 'duplicate', key }
    }
  }

  #check(document: T): readonly [T, string] {
    const { data, error } = isChecked(document) ? { data: document } : this.#spec.schema.safeParse(document)
    if (error !== undefined) throw new InvalidDocument(this.#spec.name, error.issues, error)
    assertDocumentId(this.#spec.name, data.id)
    return [data, JSON.stringify(data)]
  }

  #invalid(message: string): InvalidDocument {
    return new InvalidDocument(this.#spec.name, [{ path: ['id'], message }])
  }

  #write<R>(run: () => R): Promise<R> {
    this.#file.touch(this.#table.bareName)
    return this.#file.write(() => {
      this.#file.touch(this.#table.bareName)
      bringUpToDate(this.#file, this.#table, this.#spec)
      return run()
    })
  }

  async #read<R>(run: () => R, whenAbsent: R): Promise<R> {
    await readable(this.#file, this.#table, this.#spec)
    return this.#file.read(() => (isDefined(this.#file, this.#table) ? run() : whenAbsent))
  }
}
