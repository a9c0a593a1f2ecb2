/** The indexes of a collection, worked out from its spec and created on first use, by any number of instances at once. */
import { createHash } from 'node:crypto'

import { MongoServerError } from 'mongodb'
import type { Collection as Table, Document as Bson, IndexDescription } from 'mongodb'

import { isDuplicateKey } from '../../mongo/trouble.ts'
import { SchemaConflict } from '../../../nodes/platform/store/errors.ts'
import { formOf } from '../../../nodes/platform/store/upcasted.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { fieldOf } from './filter-to-mongo.ts'
import type { Row } from './row.ts'

interface Index extends IndexDescription {
  readonly name: string
  readonly key: Record<string, 1 | '2dsphere'>
}

const NAMESPACE_NOT_FOUND = 26
/** Ours by the first part of their names: unique, unique everywhere, for queries, for places. */
const OURS = /^[ueiqg]:/
// Null and missing are exempt, which a partial index can only say by naming all else.
const ANYTHING = { $type: ['string', 'number', 'bool', 'object', 'array'] }

export function indexesOf<T extends Document>(
  spec: CollectionSpec<T>,
  hasGeoIndex: boolean,
): readonly Index[] {
  const { location } = spec
  return [
    { name: 'q:org', key: { org: 1, id: 1 } },
    { name: 'q:everywhere', key: { id: 1, org: 1 } },
    ...Object.entries(spec.unique ?? {}).flatMap(([key, paths]) => [
      unique(`u:${key}`, ['org', ...paths.map(fieldOf)], paths),
      query(['org', ...paths.map(fieldOf)]),
    ]),
    ...Object.entries(spec.uniqueEverywhere ?? {}).flatMap(([key, paths]) => [
      unique(`e:${key}`, paths.map(fieldOf), paths),
      query(paths.map(fieldOf)),
    ]),
    ...[...(spec.indexes ?? []), ...(spec.sparseIndexes ?? [])].map((paths) =>
      query(['org', ...paths.map(fieldOf)]),
    ),
    ...(spec.indexesEverywhere ?? []).map((paths) => query(paths.map(fieldOf))),
    ...(formOf(spec) === 1 ? [] : [query(['f'])]),
    ...(location === undefined
      ? []
      : hasGeoIndex
        ? [{ name: `g:${hash(location)}`, key: { org: 1, g: '2dsphere' } as const }]
        : [query(['org', `${fieldOf(location)}.latitude`])]),
  ]
}

/** The unique key that an index stands for: `id`, or its name in the spec. */
export function keyOfIndex(index: string): string {
  return /^[ue]:([^:]+):/.exec(index)?.[1] ?? 'id'
}

/** Creates what is missing and drops what an earlier spec left. @throws SchemaConflict */
export async function ensureIndexes<T extends Document>(
  table: Table<Row>,
  spec: CollectionSpec<T>,
  hasGeoIndex: boolean,
  attempts = 5,
): Promise<void> {
  const wanted = indexesOf(spec, hasGeoIndex)
  const present = await namesOf(table)
  const missing = wanted.filter(({ name }) => !present.has(name))
  try {
    if (missing.length > 0) await create(table, spec, missing)
  } catch (error) {
    // Another instance was faster, and not every server takes its index for the same. The names carry the definitions.
    if (!isConflict(error) || attempts <= 1) throw error
    return ensureIndexes(table, spec, hasGeoIndex, attempts - 1)
  }
  const names = new Set(wanted.map(({ name }) => name))
  for (const name of present) {
    // A unique index of an earlier spec would go on refusing what is allowed by now.
    if (OURS.test(name) && !names.has(name)) await table.dropIndex(name).catch(unlessGone)
  }
}

async function create<T extends Document>(
  table: Table<Row>,
  spec: CollectionSpec<T>,
  missing: readonly Index[],
): Promise<void> {
  if (missing.some(({ name }) => name.startsWith('g:'))) await addPoints(table, spec.location ?? '')
  try {
    await table.createIndexes(missing.map(({ ...index }) => index))
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    throw new SchemaConflict(`${spec.name} holds duplicates under a new unique key`, { cause: error })
  }
}

/** For documents from before the spec had this location. */
async function addPoints(table: Table<Row>, location: string): Promise<void> {
  const [latitude, longitude] = [`d.${location}.latitude`, `d.${location}.longitude`]
  const isPlace = { [latitude]: { $type: 'number', $gte: -90, $lte: 90 } }
  const hasLongitude = { [longitude]: { $type: 'number', $gte: -180, $lte: 180 } }
  const g = { type: 'Point', coordinates: [`$${longitude}`, `$${latitude}`] }
  await table.updateMany({ $and: [isPlace, hasLongitude] }, [{ $set: { g } }])
}

async function namesOf(table: Table<Row>): Promise<ReadonlySet<string>> {
  try {
    const indexes: readonly Bson[] = await table.listIndexes().toArray()
    return new Set(indexes.map((index) => String(index['name'])))
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return new Set()
    throw error
  }
}

const INDEX_NOT_FOUND = 27
const INDEX_OPTIONS_CONFLICT = 85
const INDEX_KEY_SPECS_CONFLICT = 86

function isConflict(error: unknown): boolean {
  return (
    error instanceof MongoServerError &&
    (error.code === INDEX_OPTIONS_CONFLICT || error.code === INDEX_KEY_SPECS_CONFLICT)
  )
}

function unlessGone(error: unknown): void {
  // Another instance was faster.
  if (!(error instanceof MongoServerError) || error.code !== INDEX_NOT_FOUND) throw error
}

function unique(name: string, fields: readonly string[], paths: readonly string[]): Index {
  const [first = 'id'] = paths
  const definition = {
    key: ascending(fields),
    unique: true,
    partialFilterExpression: { [fieldOf(first)]: ANYTHING },
  }
  return { name: `${name}:${hash(JSON.stringify(definition))}`, ...definition }
}

function query(fields: readonly string[]): Index {
  const key = ascending([...fields, 'id'])
  return { name: `i:${hash(JSON.stringify(key))}`, key }
}

function ascending(fields: readonly string[]): Record<string, 1> {
  return Object.fromEntries(fields.map((field) => [field, 1] as const))
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
