/**
 * Keys that are unique over all organizations, when some organizations have files of their own, which no one index
 * spans. A dedicated organization reserves its keys in the pooled file. A reservation says only that a document may
 * hold the key; it counts when that document really does, so a reservation that outlived its document (or a crash
 * before the document was written) is simply taken over. Every write of such a key holds the pooled file's write
 * lock, and the reservation is durable before the document, so the answer is exact.
 */
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import type { DatabaseFile } from './database-file.ts'
import { bindable, join, valueAt } from './filter-to-sql.ts'
import type { Sql } from './filter-to-sql.ts'
import type { TablePlace } from './page.ts'
import { isDefined } from './schema.ts'
import type { Table } from './schema.ts'

/** Where another organization's documents are; undefined when they are not in a file of their own. */
export type DedicatedPlace = (orgId: string) => TablePlace | undefined

export interface KeyOwner {
  readonly orgId: string
  readonly id: string
}

export class EverywhereKeys<T extends Document> {
  readonly #file: DatabaseFile
  readonly #spec: CollectionSpec<T>
  /** The pooled table, when this organization is not in it. */
  readonly #pooled: Table | undefined
  readonly #placeOf: DedicatedPlace

  constructor(
    file: DatabaseFile,
    spec: CollectionSpec<T>,
    pooled: Table | undefined,
    placeOf: DedicatedPlace,
  ) {
    this.#file = file
    this.#spec = spec
    this.#pooled = pooled
    this.#placeOf = placeOf
  }

  /** Inside a write, before the document is written: the first key that somebody elsewhere holds. */
  taken(document: T, owner: KeyOwner): string | undefined {
    for (const [key, paths] of Object.entries(this.#spec.uniqueEverywhere ?? {})) {
      const values = paths.map((path) => scalarAt(document, path))
      if (values[0] === null) continue
      if (this.#isReservedByOther(key, paths, values, owner)) return key
      if (this.#pooled !== undefined) {
        if (this.#isInPooled(this.#pooled, paths, values)) return key
        this.#file.run(
          'INSERT OR REPLACE INTO main.reserved_key (collection, key, value, org, id) VALUES (?, ?, ?, ?, ?)',
          [this.#spec.name, key, JSON.stringify(values), owner.orgId, owner.id],
        )
      }
    }
    return undefined
  }

  #isReservedByOther(
    key: string,
    paths: readonly string[],
    values: readonly Value[],
    owner: KeyOwner,
  ): boolean {
    const sql = 'SELECT org, id FROM main.reserved_key WHERE collection = ? AND key = ? AND value = ?'
    const row = this.#file.get(sql, [this.#spec.name, key, JSON.stringify(values)])
    if (row === undefined) return false
    const [orgId, id] = [String(row['org']), String(row['id'])]
    if (orgId === owner.orgId && id === owner.id) return false
    const place = this.#placeOf(orgId)
    if (place === undefined || !isDefined(place.file, place.table)) return false
    const { text, parameters } = holding(paths, values)
    const holds = `SELECT 1 FROM ${place.table.name} WHERE org = ? AND id = ? AND ${text}`
    return place.file.get(holds, [orgId, id, ...parameters]) !== undefined
  }

  #isInPooled(pooled: Table, paths: readonly string[], values: readonly Value[]): boolean {
    if (!isDefined(this.#file, pooled)) return false
    const { text, parameters } = holding(paths, values)
    return this.#file.get(`SELECT 1 FROM ${pooled.name} WHERE ${text}`, parameters) !== undefined
  }
}

type Value = string | number | boolean | null

function holding(paths: readonly string[], values: readonly Value[]): Sql {
  return join(
    paths.map((path, index): Sql => {
      const value = values[index] ?? null
      if (value === null) return { text: `${valueAt(path)} IS NULL`, parameters: [] }
      const parameter = typeof value === 'boolean' ? Number(value) : bindable(value)
      return { text: `${valueAt(path)} = ?`, parameters: [parameter] }
    }),
    ' AND ',
  )
}

/** The keys of a document, as they are reserved: key and value. */
export function reservationsOf<T extends Document>(
  spec: CollectionSpec<T>,
  document: unknown,
): readonly (readonly [key: string, value: string])[] {
  return Object.entries(spec.uniqueEverywhere ?? {}).flatMap(([key, paths]) => {
    const values = paths.map((path) => scalarAt(document, path))
    return values[0] === null ? [] : [[key, JSON.stringify(values)] as const]
  })
}

function scalarAt(document: unknown, path: string): Value {
  let value = document
  for (const segment of path.split('.')) {
    const isInside = typeof value === 'object' && value !== null && Object.hasOwn(value, segment)
    value = isInside ? Reflect.get(Object(value), segment) : undefined
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  // As the unique indexes see them: arrays and objects are their JSON text.
  return value === undefined || value === null ? null : JSON.stringify(value)
}
