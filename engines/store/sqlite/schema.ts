/** The table of a collection and its indexes, worked out from the spec and created on first use. */
import { createHash } from 'node:crypto'
import { SchemaConflict } from '../../../nodes/platform/store/errors.ts'
import { formOf } from '../../../nodes/platform/store/upcasted.ts'
import { assertSpec } from '../names.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { pathShapes } from '../array-paths.ts'
import type { PathShape } from '../array-paths.ts'
import type { DatabaseFile } from './database-file.ts'
import { takenKey } from './engine-error.ts'
import { valueAt } from './filter-to-sql.ts'

interface Definition {
  readonly name: string
  /** Run in this order when `name` is not in the file yet. */
  readonly statements: readonly string[]
}

/** Which of a connection's databases: `own` is a dedicated organization's, attached to the pooled `main`. */
export type SchemaName = 'main' | 'own'

export interface Table {
  readonly collection: string
  readonly schema: SchemaName
  /** Without quotes and schema. */
  readonly bareName: string
  /** Qualified and quoted, ready for a statement. */
  readonly name: string
  /** The R*Tree of the locations, likewise. */
  readonly geoName: string | undefined
  readonly shapeOf: (path: string) => PathShape
  readonly definitions: readonly Definition[]
}

const tables: Readonly<Record<SchemaName, WeakMap<object, Table>>> = {
  main: new WeakMap(),
  own: new WeakMap(),
}

/** @throws InvalidName */
export function tableOf<T extends Document>(spec: CollectionSpec<T>, schema: SchemaName = 'main'): Table {
  const known = tables[schema].get(spec)
  if (known !== undefined) return known
  assertSpec(spec)
  const name = `c_${spec.name}`
  const geoName = spec.location === undefined ? undefined : `g_${spec.name}`
  const at: Place = { schema, table: name }
  const table: Table = {
    collection: spec.name,
    schema,
    bareName: name,
    name: `${schema}."${name}"`,
    geoName: geoName && `${schema}."${geoName}"`,
    shapeOf: pathShapes(spec.schema),
    definitions: [
      tableDefinition(at),
      ...Object.entries(spec.unique ?? {}).map(([key, paths]) => uniqueIndex(at, key, paths, 'org, ')),
      ...Object.entries(spec.uniqueEverywhere ?? {}).map(([key, paths]) => uniqueIndex(at, key, paths, '')),
      ...(spec.indexes ?? []).map((paths) => plainIndex(at, paths)),
      ...(spec.sparseIndexes ?? []).map((paths) => sparseIndex(at, paths)),
      ...(spec.indexesEverywhere ?? []).map((paths) => everywhereIndex(at, paths)),
      ...(formOf(spec) === 1 ? [] : [formIndex(at, formOf(spec))]),
      ...(geoName === undefined || spec.location === undefined ? [] : geoIndex(at, geoName, spec.location)),
    ],
  }
  tables[schema].set(spec, table)
  return table
}

/** True when the table can be read. */
export function isDefined(file: DatabaseFile, table: Table): boolean {
  if (file.ready.has(table) || file.there.has(table)) return true
  const isThere = exists(file, table.schema, table.bareName)
  if (isThere) file.there.add(table)
  return isThere
}

/** Creates what is missing; inside a write. @throws SchemaConflict */
export function ensureTable(file: DatabaseFile, table: Table): void {
  for (const { name, statements } of table.definitions) {
    if (exists(file, table.schema, name)) continue
    try {
      for (const statement of statements) file.exec(statement)
    } catch (error) {
      if (takenKey(error) === undefined) throw error
      throw new SchemaConflict(`${table.collection} holds duplicates under the unique index ${name}`, {
        cause: error,
      })
    }
  }
  dropOutdated(file, table)
}

// Indexes and triggers of an earlier spec would go on refusing what is allowed by now.
function dropOutdated(file: DatabaseFile, table: Table): void {
  const wanted = new Set(table.definitions.map((definition) => definition.name))
  const sql = `SELECT type, name FROM ${table.schema}.sqlite_schema
    WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name = ?`
  for (const { type, name } of file.all(sql, [table.bareName])) {
    if (!wanted.has(String(name))) file.exec(`DROP ${String(type)} ${table.schema}."${String(name)}"`)
  }
}

function exists(file: DatabaseFile, schema: SchemaName, name: string): boolean {
  return file.get(`SELECT 1 FROM ${schema}.sqlite_schema WHERE name = ?`, [name]) !== undefined
}

interface Place {
  readonly schema: SchemaName
  readonly table: string
}

// With rowid: measured against WITHOUT ROWID, inserts and updates of documents of 300 bytes are twice as fast (random
// ids then move index entries, not documents). `seq` is named so that VACUUM keeps it: the R*Tree refers to it.
function tableDefinition({ schema, table }: Place): Definition {
  const columns = `seq INTEGER PRIMARY KEY, org TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    doc BLOB NOT NULL, lease_owner TEXT, lease_until INTEGER, form INTEGER NOT NULL DEFAULT 1, UNIQUE (org, id)`
  return { name: table, statements: [`CREATE TABLE ${schema}."${table}" (${columns}) STRICT`] }
}

function uniqueIndex(
  { schema, table }: Place,
  key: string,
  paths: readonly string[],
  scope: 'org, ' | '',
): Definition {
  const [first = 'id', ...rest] = paths
  // The first path decides about exemption; further ones count as equal when missing, which NULL does not in SQLite.
  const columns = [valueAt(first), ...rest.map((path) => `coalesce(${valueAt(path)}, x'')`)].join(', ')
  const definition = `(${scope}${columns}) WHERE ${valueAt(first)} IS NOT NULL`
  const name = `u:${table}:${key}:${hash(definition)}`
  return { name, statements: [`CREATE UNIQUE INDEX ${schema}."${name}" ON "${table}" ${definition}`] }
}

function plainIndex({ schema, table }: Place, paths: readonly string[]): Definition {
  const columns = [...paths.map(valueAt), ...(paths.includes('id') ? [] : ['id'])].join(', ')
  const name = `i:${table}:${hash(columns)}`
  return { name, statements: [`CREATE INDEX ${schema}."${name}" ON "${table}" (org, ${columns})`] }
}

function sparseIndex({ schema, table }: Place, paths: readonly string[]): Definition {
  const [first = 'id'] = paths
  const columns = [...paths.map(valueAt), ...(paths.includes('id') ? [] : ['id'])].join(', ')
  const definition = `(org, ${columns}) WHERE ${valueAt(first)} IS NOT NULL`
  const name = `s:${table}:${hash(definition)}`
  return { name, statements: [`CREATE INDEX ${schema}."${name}" ON "${table}" ${definition}`] }
}

/** Of what is due, noted, pending: nearly all documents are none of it, and each write would move their entries all the same. */
function everywhereIndex({ schema, table }: Place, paths: readonly string[]): Definition {
  const [first = 'id'] = paths
  const columns = [...paths.map(valueAt), ...(paths.includes('id') ? [] : ['id']), 'org'].join(', ')
  const definition = `(${columns}) WHERE ${valueAt(first)} IS NOT NULL`
  const name = `e:${table}:${hash(definition)}`
  return { name, statements: [`CREATE INDEX ${schema}."${name}" ON "${table}" ${definition}`] }
}

/** Of what is left of earlier forms: next to nothing, nearly always. */
function formIndex({ schema, table }: Place, form: number): Definition {
  const name = `f:${table}:${form}`
  return { name, statements: [`CREATE INDEX ${schema}."${name}" ON "${table}" (form) WHERE form < ${form}`] }
}

/** An R*Tree kept by triggers, so that document and location change in one statement. */
function geoIndex({ schema, table }: Place, geo: string, location: string): readonly Definition[] {
  const of = (row: 'new' | 't', field: string): string =>
    valueAt(`${location}.${field}`).replace('(doc', `(${row}.doc`)
  const isPoint = (row: 'new' | 't'): string =>
    ['latitude', 'longitude'].map((field) => `typeof(${of(row, field)}) IN ('integer', 'real')`).join(' AND ')
  const values = (row: 'new' | 't'): string => {
    const [latitude, longitude] = [of(row, 'latitude'), of(row, 'longitude')]
    return `SELECT ${row}.seq, ${latitude}, ${latitude}, ${longitude}, ${longitude}`
  }
  const remove = `DELETE FROM "${geo}" WHERE seq = old.seq`
  const add = `INSERT INTO "${geo}" ${values('new')} WHERE ${isPoint('new')}`
  // The name carries the path, so that a moved location rebuilds the tree.
  const trigger = `t:${table}:${hash(location)}`
  return [
    {
      name: `${trigger}:insert`,
      statements: [
        `DROP TABLE IF EXISTS ${schema}."${geo}"`,
        `CREATE VIRTUAL TABLE ${schema}."${geo}" USING rtree (seq, south, north, west, east)`,
        `INSERT INTO ${schema}."${geo}" ${values('t')} FROM ${schema}."${table}" AS t WHERE ${isPoint('t')}`,
        `CREATE TRIGGER ${schema}."${trigger}:insert" AFTER INSERT ON "${table}" BEGIN ${add}; END`,
      ],
    },
    {
      name: `${trigger}:update`,
      statements: [
        `CREATE TRIGGER ${schema}."${trigger}:update" AFTER UPDATE OF doc ON "${table}" BEGIN ${remove}; ${add}; END`,
      ],
    },
    {
      name: `${trigger}:delete`,
      statements: [
        `CREATE TRIGGER ${schema}."${trigger}:delete" AFTER DELETE ON "${table}" BEGIN ${remove}; END`,
      ],
    },
  ]
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
