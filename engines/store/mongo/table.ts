/** One collection of the database with what this process knows about it, shared by all that open it. */
import type { Collection as Table, Db } from 'mongodb'

import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { guarded } from './guarded.ts'
import { GroupedInserts } from './grouped-inserts.ts'
import { ensureIndexes } from './indexes.ts'
import { rewriteAll } from './forms.ts'
import { PendingWrites } from './pending-writes.ts'
import type { Row } from './row.ts'

export interface TableSettings {
  readonly db: Db
  readonly hasGeoIndex: boolean
  readonly maxWaitingWrites: number
  readonly isClosed: () => boolean
}

export class StoreTable {
  readonly rows: Table<Row>
  readonly pending: PendingWrites
  readonly inserts: GroupedInserts
  readonly hasGeoIndex: boolean
  readonly #settings: TableSettings
  readonly #ready = new WeakMap<object, Promise<void>>()

  constructor(name: string, settings: TableSettings) {
    this.#settings = settings
    this.rows = settings.db.collection<Row>(name)
    this.pending = new PendingWrites(settings.maxWaitingWrites)
    this.inserts = new GroupedInserts(this.rows)
    this.hasGeoIndex = settings.hasGeoIndex
  }

  /** Resolves when the indexes of the spec are there, and all documents are of its version. */
  ready<T extends Document>(spec: CollectionSpec<T>): Promise<void> {
    const known = this.#ready.get(spec)
    if (known !== undefined) return known
    const ensuring = this.#ensure(spec)
    this.#ready.set(spec, ensuring)
    ensuring.catch(() => this.#ready.delete(spec))
    return ensuring
  }

  async #ensure<T extends Document>(spec: CollectionSpec<T>): Promise<void> {
    await ensureIndexes(this.rows, spec, this.#settings.hasGeoIndex)
    await rewriteAll(this.rows, spec)
  }

  /** Runs what talks to the server; its trouble rejects with StoreUnavailable. */
  guard<R>(run: () => Promise<R>): Promise<R> {
    return guarded(this.#settings.isClosed, run)
  }
}
