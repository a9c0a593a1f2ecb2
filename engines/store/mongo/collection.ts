/** A collection of one organization (or of the platform: organization ''). */
import type { Document as Bson } from 'mongodb'

import { isChecked } from '../../../nodes/platform/store/checked.ts'
import { isDuplicateKey, refusingIndex } from '../../mongo/trouble.ts'
import { pathShapes } from '../array-paths.ts'
import type { PathShape } from '../array-paths.ts'
import { DuplicateKey, InvalidDocument, InvalidQuery } from '../../../nodes/platform/store/errors.ts'
import { parseFilter } from '../filter.ts'
import { assertLease } from '../form.ts'
import { formOf } from '../../../nodes/platform/store/upcasted.ts'
import { assertDocumentId, isDocumentId } from '../names.ts'
import { insertOneByOne } from '../../../nodes/platform/store/insert-one-by-one.ts'
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
import type { Duplicate, EverywhereKeys, WriteOutcome } from './everywhere-keys.ts'
import { filterToMongo } from './filter-to-mongo.ts'
import { keyOfIndex } from './indexes.ts'
import { claimRows } from './leases.ts'
import { planNear } from './near.ts'
import { planPage } from './page.ts'
import { bodyOf, overwriting, rowId, storedOf } from './row.ts'
import type { Body } from './row.ts'
import type { StoreTable } from './table.ts'

const REMOVED_AT_ONCE = 500

export interface CollectionPlace<T extends Document> {
  readonly spec: CollectionSpec<T>
  readonly org: string
  /** Where the documents are; once it is known without a wait. */
  readonly table: () => StoreTable | Promise<StoreTable>
  /** Needed where keys are unique over all organizations. */
  readonly keys: EverywhereKeys<T> | undefined
}

export class MongoCollection<T extends Document> implements Collection<T> {
  readonly #tableOf: CollectionPlace<T>['table']
  readonly #spec: CollectionSpec<T>
  readonly #org: string
  readonly #keys: EverywhereKeys<T> | undefined
  readonly #shapeOf: (path: string) => PathShape

  constructor({ keys, org, spec, table }: CollectionPlace<T>) {
    this.#tableOf = table
    this.#spec = spec
    this.#org = org
    this.#keys = keys
    this.#shapeOf = pathShapes(spec.schema)
  }

  async insert(document: T): Promise<InsertOutcome<T>> {
    const [checked, body] = this.#check(document)
    const { id } = checked
    const _id = rowId(this.#org, id)
    return this.#write(_id, (table) =>
      this.#withKeys(table, checked, async (): Promise<InsertOutcome<T>> => {
        const key = await table.inserts.insert({ _id, org: this.#org, id, v: 1, ...body })
        if (key !== undefined) return { kind: 'duplicate', key }
        return { kind: 'inserted', stored: { document: checked, version: 1 } }
      }),
    )
  }

  insertInOrder(documents: readonly T[]): Promise<readonly InsertOutcome<T>[]> {
    return insertOneByOne(this, documents)
  }

  async get(id: string): Promise<Stored<T> | undefined> {
    if (!isDocumentId(id)) return undefined
    const _id = rowId(this.#org, id)
    const table = await this.#tableOf()
    await table.pending.settled(_id)
    const current = (): Promise<Stored<T> | undefined> => this.#current(table, _id)
    return table.guard(() => (formOf(this.#spec) === 1 ? current() : this.#whenReady(table, current)))
  }

  async find(filter?: Filter, options: FindOptions = {}): Promise<Page<T>> {
    const where = this.#where(filter)
    const plan = planPage(this.#spec.name, options, false)
    const rows = await this.#read((table) =>
      table.rows
        .find({ $and: [where, plan.behind] })
        .sort(plan.sort)
        .limit(plan.limit + 1)
        .toArray(),
    )
    const items = rows.slice(0, plan.limit).map((row) => storedOf(this.#spec, row))
    const last = rows[plan.limit - 1]
    if (rows.length <= plan.limit || last === undefined) return { items }
    return { items, nextCursor: plan.cursorAfter(last) }
  }

  async count(filter?: Filter): Promise<number> {
    const where = this.#where(filter)
    return this.#read((table) => table.rows.countDocuments(where))
  }

  async replace(document: T, expectedVersion: number): Promise<ReplaceOutcome<T>> {
    const [checked, body] = this.#check(document)
    const _id = rowId(this.#org, checked.id)
    return this.#write(_id, async (table) => {
      const outcome = await this.#overwrite(table, checked, body, expectedVersion)
      if (outcome.kind !== 'missing') return outcome
      const current = await this.#current(table, _id)
      return current === undefined ? outcome : { kind: 'conflict', current }
    })
  }

  async upsert(document: T): Promise<Stored<T>> {
    const [checked, body] = this.#check(document)
    const outcome = await this.#write(rowId(this.#org, checked.id), (table) =>
      this.#withKeys(table, checked, () => this.#put(table, checked, body)),
    )
    if (outcome.kind === 'duplicate') throw new DuplicateKey(this.#spec.name, outcome.key)
    return outcome.stored
  }

  async update(id: string, change: (document: T) => T): Promise<ReplaceOutcome<T>> {
    if (!isDocumentId(id)) return { kind: 'missing' }
    const _id = rowId(this.#org, id)
    return this.#write(_id, async (table) => {
      for (;;) {
        const current = await this.#current(table, _id)
        if (current === undefined) return { kind: 'missing' }
        const changed = change(current.document)
        if (changed === current.document) return { kind: 'replaced', stored: current }
        const [checked, body] = this.#check(changed)
        if (checked.id !== id) throw this.#invalid('an update cannot change the id')
        const outcome = await this.#overwrite(table, checked, body, current.version)
        if (outcome.kind !== 'missing') return outcome
      }
    })
  }

  async remove(id: string, expectedVersion?: number): Promise<boolean> {
    if (!isDocumentId(id)) return false
    const _id = rowId(this.#org, id)
    const filter = expectedVersion === undefined ? { _id } : { _id, v: expectedVersion }
    return this.#write(_id, (table) => {
      const remove = async (): Promise<boolean> => (await table.rows.deleteOne(filter)).deletedCount > 0
      return this.#keys === undefined ? remove() : this.#keys.releasing(table, [id], remove)
    })
  }

  async removeMany(filter: Filter): Promise<number> {
    const where = this.#where(filter)
    return this.#writeMany(async (table) => {
      const remove = async (of: Bson): Promise<number> => (await table.rows.deleteMany(of)).deletedCount
      const keys = this.#keys
      if (keys === undefined || !keys.areElsewhere(table)) return remove(where)
      let removed = 0
      for (;;) {
        const rows = await table.rows
          .find(where, { projection: { id: 1 } })
          .limit(REMOVED_AT_ONCE)
          .toArray()
        const ids = rows.map(({ id }) => id)
        removed += await keys.releasing(table, ids, () => remove({ $and: [where, { id: { $in: ids } }] }))
        if (ids.length < REMOVED_AT_ONCE) return removed
      }
    })
  }

  async claim(
    filter: Filter,
    lease: Lease,
    options: Omit<FindOptions, 'cursor'> = {},
  ): Promise<readonly Stored<T>[]> {
    assertLease(lease)
    const where = this.#where(filter)
    const { sort, limit } = planPage(this.#spec.name, options, false)
    const rows = await this.#writeMany((table) => claimRows(table.rows, where, lease, { sort, limit }))
    return rows.map((row) => storedOf(this.#spec, row))
  }

  async release(id: string, owner: string): Promise<boolean> {
    if (!isDocumentId(id)) return false
    const _id = rowId(this.#org, id)
    return this.#write(_id, async ({ rows }) => {
      const ended = await rows.updateOne({ _id, lo: owner }, { $unset: { lo: '', lu: '' } })
      return ended.matchedCount > 0
    })
  }

  async renew(id: string, lease: Lease): Promise<boolean> {
    assertDocumentId(this.#spec.name, id)
    assertLease(lease)
    const _id = rowId(this.#org, id)
    const lu = Math.ceil(lease.nowMs + lease.durationMs)
    return this.#write(_id, async ({ rows }) => {
      const renewed = await rows.updateOne({ _id, lo: lease.owner }, { $set: { lu } })
      return renewed.matchedCount > 0
    })
  }

  async near(
    point: GeoPoint,
    options: { readonly radiusMeters: number; readonly filter?: Filter; readonly limit?: number },
  ): Promise<readonly (Stored<T> & { readonly distanceMeters: number })[]> {
    const where = this.#where(options.filter)
    const { location } = this.#spec
    if (location === undefined) throw new InvalidQuery(`${this.#spec.name} has no location`)
    const { hasGeoIndex } = await this.#tableOf()
    const plan = planNear({ where, location, hasGeoIndex }, point, options)
    const rows = await this.#read((table) => table.rows.aggregate([...plan.pipeline]).toArray())
    return rows
      .map((row) => {
        const { document, version } = storedOf(this.#spec, row)
        return { document, version, distanceMeters: plan.distanceOf(row) }
      })
      .filter(({ distanceMeters }) => distanceMeters <= options.radiusMeters)
      .sort((a, b) => a.distanceMeters - b.distanceMeters || (a.document.id < b.document.id ? -1 : 1))
      .slice(0, plan.limit)
  }

  #where(filter: Filter | undefined): Bson {
    return { $and: [{ org: this.#org }, filterToMongo(parseFilter(filter), this.#shapeOf)] }
  }

  async #current({ rows }: StoreTable, _id: string): Promise<Stored<T> | undefined> {
    const row = await rows.findOne({ _id })
    return row === null ? undefined : storedOf(this.#spec, row)
  }

  #withKeys<R extends WriteOutcome>(
    table: StoreTable,
    document: T,
    write: () => Promise<R>,
  ): Promise<R | Duplicate> {
    return this.#keys === undefined ? write() : this.#keys.around(table, document, write)
  }

  /** `missing` when the document is not there at this version. */
  #overwrite(table: StoreTable, document: T, body: Body, version: number): Promise<ReplaceOutcome<T>> {
    const at = { _id: rowId(this.#org, document.id), v: version }
    return this.#withKeys(table, document, async (): Promise<ReplaceOutcome<T>> => {
      try {
        const row = await table.rows.findOneAndUpdate(at, overwriting(body), { projection: { v: 1 } })
        if (row === null) return { kind: 'missing' }
        return { kind: 'replaced', stored: { document, version: version + 1 } }
      } catch (error) {
        return duplicateOf(error)
      }
    })
  }

  async #put(
    { rows }: StoreTable,
    document: T,
    body: Body,
  ): Promise<Exclude<ReplaceOutcome<T>, { kind: 'conflict' | 'missing' }>> {
    const { id } = document
    const update = { ...overwriting(body), $setOnInsert: { org: this.#org, id } }
    const options = { upsert: true, returnDocument: 'after', projection: { v: 1 } } as const
    for (;;) {
      try {
        const row = await rows.findOneAndUpdate({ _id: rowId(this.#org, id) }, update, options)
        return { kind: 'replaced', stored: { document, version: Number(row?.['v']) } }
      } catch (error) {
        const duplicate = duplicateOf(error)
        // Two upserts of a new document at once: the second finds it now.
        if (duplicate.key !== 'id') return duplicate
      }
    }
  }

  #check(document: T): readonly [T, Body] {
    const { data, error } = isChecked(document) ? { data: document } : this.#spec.schema.safeParse(document)
    if (error !== undefined) throw new InvalidDocument(this.#spec.name, error.issues, error)
    assertDocumentId(this.#spec.name, data.id)
    return [data, bodyOf(this.#spec, data)]
  }

  #invalid(message: string): InvalidDocument {
    return new InvalidDocument(this.#spec.name, [{ path: ['id'], message }])
  }

  async #write<R>(_id: string, run: (table: StoreTable) => Promise<R>): Promise<R> {
    const table = await this.#tableOf()
    table.pending.assertRoom()
    return table.guard(() => table.pending.write(_id, () => this.#whenReady(table, () => run(table))))
  }

  async #writeMany<R>(run: (table: StoreTable) => Promise<R>): Promise<R> {
    const table = await this.#tableOf()
    table.pending.assertRoom()
    return table.guard(() => table.pending.writeMany(() => this.#whenReady(table, () => run(table))))
  }

  async #whenReady<R>(table: StoreTable, run: () => Promise<R>): Promise<R> {
    await table.ready(this.#spec)
    return run()
  }

  async #read<R>(run: (table: StoreTable) => Promise<R>): Promise<R> {
    const table = await this.#tableOf()
    await table.pending.settled()
    return table.guard(() => this.#whenReady(table, () => run(table)))
  }
}

/** @throws any other error */
function duplicateOf(error: unknown): Duplicate {
  if (!isDuplicateKey(error)) throw error
  return { kind: 'duplicate', key: keyOfIndex(refusingIndex(error.message) ?? '') }
}
