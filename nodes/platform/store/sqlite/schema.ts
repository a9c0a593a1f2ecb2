/** The table of a collection and its indexes, worked out from the spec and created on first use. */
import { createHash } from 'node:crypto'
import { SchemaConflict } from '../errors.ts'
import { assertSpec } from '../names.ts'
import type { CollectionSpec, Document } from '../port.ts'
import { pathShapes } from './array-paths.ts'
import type { PathShape } from './array-paths.ts'
import type { DatabaseFile } from './database-file.ts'
import { takenKey } from './engine-error.ts'
import { valueAt } from './filter-to-sql.ts'

interface Definition {
  readonly name: string
  /** Run in this order when `name` is not in the file yet. */
  readonly statements: readonly string[]
}

export interface Table {
  readonly collection: string
  /** Quoted, ready for a statement. */
  readonly name: string
  /** The R*Tree of the locations, quoted. */
  readonly geoName: string | undefined
  readonly shapeOf: (path: string) => PathShape
  readonly uniqueEverywhere: Readonly<Record<string, readonly string[]>>
  readonly definitions: readonly Definition[]
}

const tables = new WeakMap<object, Table>()

/** @throws InvalidName */
export function tableOf<T extends Document>(spec: CollectionSpec<T>): Table {
  const known = tables.get(spec)
  if (known !== undefined) return known
  assertSpec(spec)
  const name = `c_${spec.name}`
  const geoName = spec.location === undefined ? undefined : `g_${spec.name}`
  const table: Table = {
    collection: spec.name,
    name: `"${name}"`,
    geoName: geoName && `"${geoName}"`,
    shapeOf: pathShapes(spec.schema),
    uniqueEverywhere: spec.uniqueEverywhere ?? {},
    definitions: [
      tableDefinition(name),
      ...Object.entries(spec.unique ?? {}).map(([key, paths]) => uniqueIndex(name, key, paths, 'org, ')),
      ...Object.entries(spec.uniqueEverywhere ?? {}).map(([key, paths]) => uniqueIndex(name, key, paths, '')),
      ...(spec.indexes ?? []).map((paths) => plainIndex(name, paths)),
      ...(geoName === undefined || spec.location === undefined ? [] : geoIndex(name, geoName, spec.location)),
    ],
  }
  tables.set(spec, table)
  return table
}

/** True when the table can be read. */
export function isReadable(file: DatabaseFile, table: Table): boolean {
  return file.ready.has(table) || isDefined(file, unquoted(table.name))
}

/** Creates what is missing; inside a write. @throws SchemaConflict */
export function ensureTable(file: DatabaseFile, table: Table): void {
  if (file.ready.has(table)) return
  for (const { name, statements } of table.definitions) {
    if (isDefined(file, name)) continue
    try {
      for (const statement of statements) file.exec(statement)
    } catch (error) {
      if (takenKey(error) === undefined) throw error
      throw new SchemaConflict(`${table.collection} holds duplicates under the unique index ${name}`, {
        cause: error,
      })
    }
  }
  dropOldIndexes(file, table)
  file.ready.add(table)
}

// An index of an earlier spec would go on refusing duplicates that are allowed by now.
function dropOldIndexes(file: DatabaseFile, table: Table): void {
  const wanted = new Set(table.definitions.map((definition) => definition.name))
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?`
  for (const { name } of file.all(sql, [unquoted(table.name)])) {
    if (!wanted.has(String(name))) file.exec(`DROP INDEX "${String(name)}"`)
  }
}

function isDefined(file: DatabaseFile, name: string): boolean {
  return file.get('SELECT 1 FROM sqlite_schema WHERE name = ?', [name]) !== undefined
}

// With rowid: measured against WITHOUT ROWID, inserts and updates of documents of 300 bytes are twice as fast (random
// ids then move index entries, not documents). `seq` is named so that VACUUM keeps it: the R*Tree refers to it.
function tableDefinition(name: string): Definition {
  const columns = `seq INTEGER PRIMARY KEY, org TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    doc BLOB NOT NULL, lease_owner TEXT, lease_until INTEGER, UNIQUE (org, id)`
  return { name, statements: [`CREATE TABLE "${name}" (${columns}) STRICT`] }
}

function uniqueIndex(table: string, key: string, paths: readonly string[], scope: 'org, ' | ''): Definition {
  const [first = 'id', ...rest] = paths
  // The first path decides about exemption; further ones count as equal when missing, which NULL does not in SQLite.
  const columns = [valueAt(first), ...rest.map((path) => `coalesce(${valueAt(path)}, x'')`)].join(', ')
  const definition = `(${scope}${columns}) WHERE ${valueAt(first)} IS NOT NULL`
  const name = `u:${table}:${key}:${hash(definition)}`
  return { name, statements: [`CREATE UNIQUE INDEX "${name}" ON "${table}" ${definition}`] }
}

function plainIndex(table: string, paths: readonly string[]): Definition {
  const columns = [...paths.map(valueAt), ...(paths.includes('id') ? [] : ['id'])].join(', ')
  const name = `i:${table}:${hash(columns)}`
  return { name, statements: [`CREATE INDEX "${name}" ON "${table}" (org, ${columns})`] }
}

/** An R*Tree kept by triggers, so that document and location change in one statement. */
function geoIndex(table: string, geo: string, location: string): readonly Definition[] {
  const of = (row: 'new' | 't', field: string): string =>
    valueAt(`${location}.${field}`).replace('(doc', `(${row}.doc`)
  const isPoint = (row: 'new' | 't'): string =>
    ['latitude', 'longitude'].map((field) => `typeof(${of(row, field)}) IN ('integer', 'real')`).join(' AND ')
  const values = (row: 'new' | 't'): string => {
    const [latitude, longitude] = [of(row, 'latitude'), of(row, 'longitude')]
    return `SELECT ${row}.seq, ${latitude}, ${latitude}, ${longitude}, ${longitude}`
  }
  const into = `INSERT INTO "${geo}" (seq, south, north, west, east)`
  const remove = `DELETE FROM "${geo}" WHERE seq = old.seq`
  const add = `${into} ${values('new')} WHERE ${isPoint('new')}`
  // The name carries the path, so that a moved location rebuilds the tree.
  const trigger = `t:${table}:${hash(location)}`
  return [
    {
      name: `${trigger}:insert`,
      statements: [
        `DROP TABLE IF EXISTS "${geo}"`,
        `CREATE VIRTUAL TABLE "${geo}" USING rtree (seq, south, north, west, east)`,
        `${into} ${values('t')} FROM "${table}" AS t WHERE ${isPoint('t')}`,
        `CREATE TRIGGER "${trigger}:insert" AFTER INSERT ON "${table}" BEGIN ${add}; END`,
      ],
    },
    {
      name: `${trigger}:update`,
      statements: [
        `CREATE TRIGGER "${trigger}:update" AFTER UPDATE OF doc ON "${table}" BEGIN ${remove}; ${add}; END`,
      ],
    },
    {
      name: `${trigger}:delete`,
      statements: [`CREATE TRIGGER "${trigger}:delete" AFTER DELETE ON "${table}" BEGIN ${remove}; END`],
    },
  ]
}

function unquoted(name: string): string {
  return name.slice(1, -1)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
