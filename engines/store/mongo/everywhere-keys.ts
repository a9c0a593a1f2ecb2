/**
 * Keys that are unique over all organizations, when some organizations have databases of their own, which no one index
 * spans. A dedicated organization holds its keys in the pooled collection, by rows that are no documents: the unique index
 * there decides between all who ask, in one write. Such a row says only that a document may have the key, and is there
 * before the document. One that outlived its document (or a crash before the document was written) is taken over by
 * whoever wants the key, a minute after it was last asked for.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Collection as Table, Document as Bson } from 'mongodb'
import { isDuplicateKey } from '../../mongo/trouble.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { fieldOf } from './filter-to-mongo.ts'
import type { Places } from './places.ts'
import { bodyOf, rowId } from './row.ts'
import type { StoreTable } from './table.ts'
import { valueAt } from '../../../nodes/platform/store/value-at.ts'

/** Writes are given up long before, so what was not written by then will not be. */
const STALE_AFTER_MS = 60_000

/** What a write came to: as in the port's outcomes. */
export type WriteOutcome = { readonly kind: 'inserted' | 'replaced' | 'conflict' | 'missing' } | Duplicate
export interface Duplicate {
  readonly kind: 'duplicate'
  readonly key: string
}

interface Key {
  readonly _id: string
  readonly key: string
  /** What the row has of the document, by the fields of rows. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** A row of the pooled collection that is no document. */
interface HoldRow extends Bson {
  readonly _id: string
}

/** Names one state of a row that holds a key, so that only that one is removed. */
interface Hold {
  readonly _id: string
  readonly token: string
}

export interface KeysScope<T extends Document> {
  readonly places: Places
  readonly spec: CollectionSpec<T>
  readonly orgId: string
  readonly now: () => number
}

export class EverywhereKeys<T extends Document> {
  readonly #scope: KeysScope<T>
  readonly #pooled: StoreTable
  readonly #rows: Table<HoldRow>

  constructor(scope: KeysScope<T>) {
    this.#scope = scope
    this.#rows = scope.places.dbOf('').collection<HoldRow>(scope.spec.name)
    this.#pooled = scope.places.table('', scope.spec.name)
  }

  /** Whether this is not where the keys of all others are. */
  areElsewhere(table: StoreTable): boolean {
    return table !== this.#pooled
  }

  /** Writes the document once its keys are held, or finds which of them is taken. `table` is where it is written. */
  async around<R extends WriteOutcome>(
    table: StoreTable,
    document: T,
    write: () => Promise<R>,
  ): Promise<R | Duplicate> {
    const { orgId, spec } = this.#scope
    if (this.areElsewhere(table)) return this.#holding(document.id, keysOf(spec, orgId, document), write)
    for (;;) {
      const outcome = await write()
      if (outcome.kind !== 'duplicate') return outcome
      const refused = keysOf(spec, orgId, document).find(({ key }) => key === outcome.key)
      if (refused === undefined || !(await this.#giveWay(refused))) return outcome
    }
  }

  /** Removes some of these documents, and lets go of the keys of those that are gone. */
  async releasing<R>(table: StoreTable, ids: readonly string[], remove: () => Promise<R>): Promise<R> {
    if (!this.areElsewhere(table)) return remove()
    const before = await this.#holdsOf(ids)
    const removed = await remove()
    const { orgId } = this.#scope
    const rows = { _id: { $in: ids.map((id) => rowId(orgId, id)) } }
    const there = await table.rows.find(rows, { projection: { id: 1 } }).toArray()
    const left = new Set(there.map(({ id }) => id))
    await this.#letGo(before.filter(({ id }) => !left.has(id)))
    return removed
  }

  async #holding<R extends WriteOutcome>(
    id: string,
    wanted: readonly Key[],
    write: () => Promise<R>,
  ): Promise<R | Duplicate> {
    await this.#pooled.ready(this.#scope.spec)
    const before = await this.#holdsOf([id])
    const made: Hold[] = []
    for (const key of wanted) {
      const held = await this.#hold(id, key)
      if (held === 'taken') {
        await this.#letGo(made)
        return { kind: 'duplicate', key: key.key }
      }
      if (held !== undefined) made.push(held)
    }
    // What fails without an answer may have been written: its keys stay held.
    const outcome = await write()
    const isWritten = outcome.kind === 'inserted' || outcome.kind === 'replaced'
    const names = new Set(wanted.map(({ _id }) => _id))
    await this.#letGo(isWritten ? before.filter(({ _id }) => !names.has(_id)) : made)
    return outcome
  }

  /** A new hold, undefined where it was held for this document already, or that somebody else has the key. */
  async #hold(id: string, key: Key): Promise<Hold | 'taken' | undefined> {
    const { now, orgId } = this.#scope
    const { _id, fields } = key
    const token = randomUUID()
    for (;;) {
      try {
        const held = await this.#rows.updateOne(
          { _id },
          {
            $set: { 'held.token': token, 'held.atMs': now() },
            $setOnInsert: { org: { of: orgId }, v: 0, 'held.id': id, ...fields },
          },
          { upsert: true },
        )
        return held.upsertedCount === 0 ? undefined : { _id, token }
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
        if (!(await this.#giveWay(key))) return 'taken'
      }
    }
  }

  /** Whether who was in the way of a key no longer is. */
  async #giveWay({ _id, fields }: Key): Promise<boolean> {
    const other = await this.#rows.findOne(fields)
    // Two at once for one document: the second finds it now.
    if (other === null || other['_id'] === _id) return true
    if (typeof other['org'] === 'string') return false
    const { places, now, spec } = this.#scope
    const owner = String(other['org'].of)
    const { atMs, id, token } = other['held']
    if (now() - atMs < STALE_AFTER_MS) return false
    const database = await places.databaseOf(owner)
    const documents = places.table(database, spec.name).rows
    if (database !== '' && (await documents.findOne({ _id: rowId(owner, id), ...fields })) !== null)
      return false
    return (await this.#rows.deleteOne({ _id: other['_id'], 'held.token': token })).deletedCount > 0
  }

  async #holdsOf(ids: readonly string[]): Promise<readonly (Hold & { readonly id: string })[]> {
    const { orgId, spec } = this.#scope
    const keys = Object.keys(spec.uniqueEverywhere ?? {})
    const ranges = ids.flatMap((id) =>
      keys.map((key) => ({
        _id: { $gte: holdPrefix(orgId, id, key), $lt: `${holdPrefix(orgId, id, key)}~` },
      })),
    )
    if (ranges.length === 0) return []
    const rows = await this.#rows.find({ $or: ranges }, { projection: { held: 1 } }).toArray()
    return rows.map(({ _id, held }) => ({ _id, token: String(held.token), id: String(held.id) }))
  }

  async #letGo(holds: readonly Hold[]): Promise<void> {
    if (holds.length === 0) return
    await this.#rows.deleteMany({ $or: holds.map(({ _id, token }) => ({ _id, 'held.token': token })) })
  }
}

/** The rows that hold the keys of a document, for one who moves it. */
export function holdsFor<T extends Document>(
  spec: CollectionSpec<T>,
  orgId: string,
  document: T,
  nowMs: number,
): readonly Bson[] {
  return keysOf(spec, orgId, document).map(({ _id, fields }) => {
    const held = { id: document.id, token: randomUUID(), atMs: nowMs }
    return Object.assign(nested(fields), { _id, org: { of: orgId }, v: 0, held })
  })
}

// No organization's id begins with it.
const holdPrefix = (orgId: string, id: string, key: string): string => `~${rowId(orgId, id)} ${key} `

function keysOf<T extends Document>(spec: CollectionSpec<T>, orgId: string, document: T): readonly Key[] {
  const row: Bson = { id: document.id, d: bodyOf(spec, document).d }
  return Object.entries(spec.uniqueEverywhere ?? {}).flatMap(([key, paths]) => {
    const values = paths.map((path) => [fieldOf(path), valueAt(row, fieldOf(path)) ?? null] as const)
    if ((values[0]?.[1] ?? null) === null) return []
    const digest = createHash('sha256').update(JSON.stringify(values)).digest('base64url')
    return [
      { _id: `${holdPrefix(orgId, document.id, key)}${digest}`, key, fields: Object.fromEntries(values) },
    ]
  })
}

function nested(fields: Readonly<Record<string, unknown>>): Bson {
  const row: Bson = {}
  for (const [field, value] of Object.entries(fields)) {
    const segments = field.split('.')
    const last = segments.pop() ?? ''
    let at: Bson = row
    for (const segment of segments) at = at[segment] ??= {}
    at[last] = value
  }
  return row
}
