/**
 * A document as it lies in MongoDB: `_id` is organization and id, `d` the document's fields (filters and indexes reach
 * into it), `v` the version, `g` the place as GeoJSON, `lo` and `lu` the lease's owner and end,
 * `f` the version of the document's form when it is not the first. What has no text as `org` is no document
 * (`everywhere-keys.ts`).
 */
import type { Document as Bson } from 'mongodb'

import { InvalidDocument } from '../../../nodes/platform/store/errors.ts'
import { upcasted } from '../../../nodes/platform/store/upcasted.ts'
import type { CollectionSpec, Document, Stored } from '../../../nodes/platform/store/port.ts'
import { valueAt } from '../../../nodes/platform/store/value-at.ts'

export interface Row extends Bson {
  readonly _id: string
  readonly org: string
  readonly id: string
  readonly v: number
  /** JSON of the whole, when BSON would not bring it back as it is. */
  readonly j?: string
  readonly f?: number
}

// The server's limit is 16 MiB for all of a row.
const MAX_BYTES = 15 * 1024 * 1024
// The server's limit is 100 levels for all of a row.
const MAX_DEPTH = 90

/** No organization's id holds a slash, so the two never run into each other. */
export function rowId(org: string, id: string): string {
  return `${org}/${id}`
}

export interface Body {
  readonly d: Bson
  readonly j?: string
  readonly g?: GeoJsonPoint
  readonly f?: number
}

interface GeoJsonPoint {
  readonly type: 'Point'
  readonly coordinates: readonly [longitude: number, latitude: number]
}

/** Copies the document, so that what its caller does to it later does not matter. @throws InvalidDocument */
export function bodyOf<T extends Document>(spec: CollectionSpec<T>, document: T): Body {
  const { location, name: collection, version = 1 } = spec
  const json = JSON.stringify(document)
  if (json.length > MAX_BYTES / 3 && Buffer.byteLength(json) > MAX_BYTES) {
    throw new InvalidDocument(collection, [{ path: [], message: 'larger than 15 MiB' }])
  }
  const copy: unknown = JSON.parse(json)
  const state = { isExact: true }
  const d = toFields(copy, state, 0)
  const g = location === undefined ? undefined : pointAt(copy, location)
  return {
    d,
    ...(state.isExact ? {} : { j: json }),
    ...(g === undefined ? {} : { g }),
    ...(version === 1 ? {} : { f: version }),
  }
}

/** @throws SchemaConflict when a newer program wrote it */
export function storedOf<T extends Document>(spec: CollectionSpec<T>, row: Bson): Stored<T> {
  const document: unknown = typeof row['j'] === 'string' ? JSON.parse(row['j']) : row['d']
  return { document: upcasted(spec, document, Number(row['f'] ?? 1)), version: Number(row['v']) }
}

/** The update that puts the body in the place of another, as a new version. */
export function overwriting({ d, j, g, f }: Body): {
  readonly $set: Bson
  readonly $unset: Bson
  readonly $inc: { readonly v: 1 }
} {
  const optional = Object.entries({ j, g, f })
  const present = optional.filter(([, value]) => value !== undefined)
  const absent = optional.filter(([, value]) => value === undefined)
  return {
    $set: { d, ...Object.fromEntries(present) },
    $unset: Object.fromEntries(absent.map(([key]) => [key, ''] as const)),
    $inc: { v: 1 },
  }
}

interface State {
  isExact: boolean
}

function toFields(value: unknown, state: State, depth: number): Bson {
  const fields: Bson = {}
  for (const [key, inner] of Object.entries(Object(value))) {
    // No path of a filter or an index leads to these.
    if (isField(key) && depth < MAX_DEPTH) fields[key] = toValue(inner, state, depth + 1)
    else state.isExact = false
  }
  return fields
}

function toValue(value: unknown, state: State, depth: number): unknown {
  if (typeof value === 'string') {
    if (value.isWellFormed()) return value
    state.isExact = false
    return value.toWellFormed()
  }
  if (Array.isArray(value) && depth < MAX_DEPTH) return value.map((each) => toValue(each, state, depth + 1))
  return typeof value === 'object' && value !== null ? toFields(value, state, depth) : value
}

function isField(key: string): boolean {
  return (
    !key.startsWith('$') &&
    !key.includes('.') &&
    !key.includes('\0') &&
    key !== '__proto__' &&
    key.isWellFormed()
  )
}

function pointAt(document: unknown, location: string): GeoJsonPoint | undefined {
  const value = valueAt(document, location)
  const latitude: unknown = Object(value)['latitude']
  const longitude: unknown = Object(value)['longitude']
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  // The server refuses the whole document for a place that is none.
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined
  return { type: 'Point', coordinates: [longitude, latitude] }
}
