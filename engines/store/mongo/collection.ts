/** A collection of one organization (or of the platform: organization ''). */
import type { Document as Bson } from 'mongodb'

import { isChecked } from '../../../nodes/platform/store/checked.ts'
import { isDuplicateKey, refusingIndex } from '../../mongo/trouble.ts'
import { pathShapes } from '../array-paths.ts'
import type { PathShape } from '../array-paths.ts'
import { DuplicateKey, InvalidDocument, InvalidQuery } from '../../../nodes/platform/store/errors.ts'
import { parseFilter } from '../filter.ts'
import { assertLease, formOf } from '../form.ts'
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
import { filterToMongo } from './filter-to-mongo.ts'
import { keyOfIndex } from './indexes.ts'
import { claimRows } from './leases.ts'
import { planNear } from './near.ts'
import { planPage } from './page.ts'
import { bodyOf, overwriting, rowId, storedOf } from './row.ts'
import type { Body } from './row.ts'
import type { StoreTable } from './table.ts'

export class MongoCollection<T extends Document> implements Collection<T> {
  readonly #table: StoreTable
  readonly #spec: CollectionSpec<T>
  readonly #org: string
  readonly #shapeOf: (path: string) => PathShape

  constructor(table: StoreTable, spec: CollectionSpec<T>, org: string) {
    this.#table = table
    this.#spec = spec
    this.#org = org
    this.#shapeOf = pathShapes(spec.schema)
  }

  async insert(document: T): Promise<InsertOutcome<T>> {
    const [checked, body] = this.#check(document)
    const { id } = checked
    const _id = rowId(this.#org, id)
    return this.#write(_id, async () => {
      const key = await this.#table.inserts.insert({ _id, org: this.#org, id, v: 1, ...body })
      if (key !== undefined) return { kind: 'duplicate', key }
      return { kind: 'inserted', stored: { document: checked, version: 1 } }
    })
  }

  insertInOrder(documents: readonly T[]): Promise<readonly InsertOutcome<T>[]> {
    return insertOneByOne(this, documents)
  }

  async get(id: string): Promise<Stored<T> | undefined> {
    if (!isDocumentId(id)) return undefined
    const _id = rowId(this.#org, id)
    await this.#table.pending.settled(_id)
    const current = (): Promise<Stored<T> | undefined> => this.#current(_id)
    return this.#table.guard(() => (formOf(this.#spec) === 1 ? current() : this.#whenReady(current)))
  }

  async find(filter?: Filter, options: FindOptions = {}): Promise<Page<T>> {
    const where = this.#where(filter)
    const plan = planPage(this.#spec.name, options, false)
    const rows = await this.#read(() =>
      this.#table.rows
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
    return this.#read(() => this.#table.rows.countDocuments(where))
  }

  async replace(document: T, expectedVersion: number): Promise<ReplaceOutcome<T>> {
    const [checked, body] = this.#check(document)
    const _id = rowId(this.#org, checked.id)
    return this.#write(_id, async () => {
      const outcome = await this.#overwrite(_id, checked, body, expectedVersion)
      if (outcome !== undefined) return outcome
      const current = await this.#current(_id)
      return current === undefined ? { kind: 'missing' } : { kind: 'conflict', current }
    })
  }

  async upsert(document: T): Promise<Stored<T>> {
    const [checked, body] = this.#check(document)
    const { id } = checked
    const _id = rowId(this.#org, id)
    return this.#write(_id, async () => {
      for (;;) {
        try {
          const update = { ...overwriting(body), $setOnInsert: { org: this.#org, id } }
          const row = await this.#table.rows.findOneAndUpdate({ _id }, update, {
            upsert: true,
            returnDocument: 'after',
            projection: { v: 1 },
          })
          return { document: checked, version: Number(row?.['v']) }
        } catch (error) {
          if (!isDuplicateKey(error)) throw error
          const key = keyOfIndex(refusingIndex(error.message) ?? '')
          // Two upserts of a new document at once: the second finds it now.
          if (key !== 'id') throw new DuplicateKey(this.#spec.name, key)
        }
      }
    })
  }

  async update(id: string, change: (document: T) => T): Promise<ReplaceOutcome<T>> {
    if (!isDocumentId(id)) return { kind: 'missing' }
    const _id = rowId(this.#org, id)
    return this.#write(_id, async () => {
      for (;;) {
        const current = await this.#current(_id)
        if (current === undefined) return { kind: 'missing' }
        const [checked, body] = this.#check(change(current.document))
        if (checked.id !== id) throw this.#invalid('an update cannot change the id')
        const outcome = await this.#overwrite(_id, checked, body, current.version)
        if (outcome !== undefined) return outcome
      }
    })
  }

  async remove(id: string, expectedVersion?: number): Promise<boolean> {
    if (!isDocumentId(id)) return false
    const _id = rowId(this.#org, id)
    const filter = expectedVersion === undefined ? { _id } : { _id, v: expectedVersion }
    return this.#write(_id, async () => (await this.#table.rows.deleteOne(filter)).deletedCount > 0)
  }

  async removeMany(filter: Filter): Promise<number> {
    const where = this.#where(filter)
    return this.#writeMany(async () => (await this.#table.rows.deleteMany(where)).deletedCount)
  }

  async claim(
    filter: Filter,
    lease: Lease,
    options: Omit<FindOptions, 'cursor'> = {},
  ): Promise<readonly Stored<T>[]> {
    assertLease(lease)
    const where = this.#where(filter)
    const { sort, limit } = planPage(this.#spec.name, options, false)
    const rows = await this.#writeMany(() => claimRows(this.#table.rows, where, lease, { sort, limit }))
    return rows.map((row) => storedOf(this.#spec, row))
  }

  async release(id: string, owner: string): Promise<boolean> {
    if (!isDocumentId(id)) return false
    const _id = rowId(this.#org, id)
    return this.#write(_id, async () => {
      const ended = await this.#table.rows.updateOne({ _id, lo: owner }, { $unset: { lo: '', lu: '' } })
      return ended.matchedCount > 0
    })
  }

  async renew(id: string, lease: Lease): Promise<boolean> {
    assertDocumentId(this.#spec.name, id)
    assertLease(lease)
    const _id = rowId(this.#org, id)
    const lu = Math.ceil(lease.nowMs + lease.durationMs)
    return this.#write(_id, async () => {
      const renewed = await this.#table.rows.updateOne({ _id, lo: lease.owner }, { $set: { lu } })
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
    const { hasGeoIndex } = this.#table
    const plan = planNear({ where, location, hasGeoIndex }, point, options)
    const rows = await this.#read(() => this.#table.rows.aggregate([...plan.pipeline]).toArray())
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

  async #current(_id: string): Promise<Stored<T> | undefined> {
    const row = await this.#table.rows.findOne({ _id })
    return row === null ? undefined : storedOf(this.#spec, row)
  }

  /** Undefined when the document is not there at this version. */
  async #overwrite(
    _id: string,
    document: T,
    body: Body,
    version: number,
  ): Promise<ReplaceOutcome<T> | undefined> {
    try {
      const row = await this.#table.rows.findOneAndUpdate({ _id, v: version }, overwriting(body), {
        projection: { v: 1 },
      })
      return row === null ? undefined : { kind: 'replaced', stored: { document, version: version + 1 } }
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      return { kind: 'duplicate', key: keyOfIndex(refusingIndex(error.message) ?? '') }
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

  #write<R>(_id: string, run: () => Promise<R>): Promise<R> {
    this.#table.pending.assertRoom()
    return this.#table.guard(() => this.#table.pending.write(_id, () => this.#whenReady(run)))
  }

  #writeMany<R>(run: () => Promise<R>): Promise<R> {
    this.#table.pending.assertRoom()
    return this.#table.guard(() => this.#table.pending.writeMany(() => this.#whenReady(run)))
  }

  async #whenReady<R>(run: () => Promise<R>): Promise<R> {
    await this.#table.ready(this.#spec)
    return run()
  }

  async #read<R>(run: () => Promise<R>): Promise<R> {
    await this.#table.pending.settled()
    return this.#table.guard(() => this.#whenReady(run))
  }
}
