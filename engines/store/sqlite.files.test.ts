import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { put, THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Thing, Things } from '../../nodes/platform/store/contract/fixture.ts'
import { AlreadyThere, SchemaConflict } from '../../nodes/platform/store/errors.ts'
import { parseFilter } from './filter.ts'
import type { Filter, FindOptions, Store } from '../../nodes/platform/store/port.ts'
import { parseSort } from './query.ts'
import { openSqliteStore } from './sqlite.ts'
import { filterToSql, join as joinSql } from './sqlite/filter-to-sql.ts'
import { migrate } from './sqlite/migrations.ts'
import { tableOf } from './sqlite/schema.ts'
import { selectPage } from './sqlite/select.ts'
import { temporaryDirectory } from './testing/processes.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
const open = (): Promise<Store> =>
  openSqliteStore({ directory: directory.path, isDedicated: (orgId) => orgId.startsWith('own') })
const openFile = (name = 'store.db'): DatabaseSync => new DatabaseSync(join(directory.path, name))
const thingsOf = (orgId: string): Things => store.organization(orgId).collection(THINGS)
beforeEach(async () => {
  directory = await temporaryDirectory()
  store = await open()
})
afterEach(async () => {
  await store.close()
  await directory.remove()
})

describe('a dedicated organization on SQLite', () => {
  it('has a file of its own, and nothing of it is in the pooled one', async () => {
    await thingsOf('own-a').insert({ id: 'a', name: 'only here' })
    await thingsOf('acme').insert({ id: 'b' })
    expect(existsSync(join(directory.path, 'org-own-a.db'))).toBe(true)
    const pooled = openFile()
    expect(pooled.prepare('SELECT org, id FROM c_things').all()).toEqual([{ org: 'acme', id: 'b' }])
    pooled.close()
  })

  it('is dedicated while the store is open, before it has documents, and stays so', async () => {
    const folder = await temporaryDirectory()
    const chosen = await openSqliteStore({ directory: folder.path })
    const of = (opened: Store, orgId: string): Things => opened.organization(orgId).collection(THINGS)
    await of(chosen, 'acme').insert({ id: 'b', login: 'bob' })
    await expect(chosen.dedicate?.('acme')).rejects.toThrow(AlreadyThere)
    const held = of(chosen, 'other')
    await chosen.dedicate?.('fenced')
    await chosen.dedicate?.('fenced')
    const taken = { kind: 'duplicate', key: 'login' }
    expect(await of(chosen, 'fenced').insert({ id: 'a', login: 'bob' })).toEqual(taken)
    expect(await of(chosen, 'fenced').insert({ id: 'a', login: 'ada' })).toMatchObject({ kind: 'inserted' })
    // Who opened a collection before then is told so, too.
    expect(await held.insert({ id: 'a', login: 'ada' })).toEqual(taken)
    expect(await chosen.bytesOf('fenced')).toBeGreaterThan(10)
    await chosen.close()
    expect(existsSync(join(folder.path, 'org-fenced.db'))).toBe(true)
    const again = await openSqliteStore({ directory: folder.path })
    expect(await of(again, 'fenced').get('a')).toMatchObject({ document: { login: 'ada' } })
    const everybody = await again.everywhere(THINGS)
    expect(everybody.items.map(({ orgId }) => orgId).toSorted()).toEqual(['acme', 'fenced'])
    await again.close()
    await folder.remove()
  })

  it('shares the keys that are unique everywhere with all others, whoever comes first', async () => {
    const duplicate = { kind: 'duplicate', key: 'login' }
    await thingsOf('own-a').insert({ id: '1', login: 'ada' })
    await thingsOf('acme').insert({ id: '1', login: 'bob' })
    for (const orgId of ['acme', 'other', 'own-b', 'own-a']) {
      expect(await thingsOf(orgId).insert({ id: '2', login: 'ada' })).toEqual(duplicate)
      expect(await thingsOf(orgId).insert({ id: '2', login: 'bob' })).toEqual(duplicate)
    }
    expect(await thingsOf('own-a').update('1', () => ({ id: '1', login: 'bob' }))).toEqual(duplicate)
    expect(await thingsOf('acme').replace({ id: '1', login: 'ada' }, 1)).toEqual(duplicate)
  })

  it('frees such a key for others when its document lets go of it', async () => {
    await thingsOf('own-a').insert({ id: '1', login: 'ada' })
    await thingsOf('own-a').insert({ id: '2', login: 'bob' })
    await thingsOf('own-a').update('1', () => ({ id: '1' }))
    await thingsOf('own-a').remove('2')
    expect(await thingsOf('acme').insert({ id: '1', login: 'ada' })).toMatchObject({ kind: 'inserted' })
    expect(await thingsOf('own-b').insert({ id: '1', login: 'bob' })).toMatchObject({ kind: 'inserted' })
    expect(await thingsOf('own-a').insert({ id: '3', login: 'bob' })).toEqual({
      kind: 'duplicate',
      key: 'login',
    })
  })

  it('takes over a reservation whose document was never written (a crash in between)', async () => {
    await thingsOf('own-a').insert({ id: '1' })
    const pooled = openFile()
    pooled.exec(`INSERT INTO reserved_key VALUES ('things', 'login', '["ada"]', 'own-a', 'lost')`)
    pooled.close()
    expect(await thingsOf('own-b').insert({ id: '1', login: 'ada' })).toMatchObject({ kind: 'inserted' })
    expect(await thingsOf('own-a').insert({ id: 'lost', login: 'ada' })).toMatchObject({ kind: 'duplicate' })
  })

  it('lets one win when pooled and dedicated ask for a key at once', async () => {
    const orgIds = ['acme', 'own-a', 'own-b', 'other']
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        Promise.all(orgIds.map((orgId) => thingsOf(orgId).insert({ id: `t${n}`, login: `key-${n}` }))),
      ),
    )
    for (const each of outcomes) {
      expect(each.map(({ kind }) => kind).sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'inserted'])
    }
  })

  it('is merged in order with the others when the platform admin reads everywhere', async () => {
    const orgIds = ['acme', 'own-a', 'other', 'own-b']
    const all = orgIds.flatMap((orgId, at) =>
      Array.from({ length: 5 }, (_, n) => ({ orgId, id: `t${n}`, rank: n % 2 === 0 ? n * 10 + at : null })),
    )
    for (const { orgId, id, rank } of all) await thingsOf(orgId).insert({ id, rank })
    const sort = [{ path: 'rank', direction: 'descending' }] as const
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.everywhere(THINGS, {}, { sort, limit: 3, ...(cursor && { cursor }) })
      seen.push(...page.items.map(({ orgId, document }) => `${document.rank ?? ''} ${document.id} ${orgId}`))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    const ranked = seen.filter((line) => !line.startsWith(' ')).map((line) => Number(line.split(' ')[0]))
    expect(seen).toHaveLength(20)
    expect(new Set(seen).size).toBe(20)
    expect(ranked).toEqual(ranked.toSorted((a, b) => b - a))
    expect(seen.slice(12).every((line) => line.startsWith(' '))).toBe(true)
  })
})

describe('the plans of SQLite', () => {
  const plan = (filter: Filter, sort: FindOptions['sort'] = [], after?: number): string => {
    const table = tableOf(THINGS)
    const own = { text: 'org = ?', parameters: ['acme'] }
    const where = joinSql([own, filterToSql(parseFilter(filter), table.shapeOf)], ' AND ')
    const position = after === undefined ? undefined : { values: sort.map(() => after), id: 'x' }
    const statements = selectPage(table, where, { ...parseSort(sort), withOrg: false }, position)
    const db = openFile()
    const steps = statements.flatMap(({ text, parameters }) =>
      db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...parameters, 10),
    )
    db.close()
    return steps.map(({ detail }) => String(detail)).join('\n')
  }
  beforeEach(async () => {
    await put(
      thingsOf('acme'),
      Array.from({ length: 50 }, (_, n): Thing => ({ id: `t${n}`, name: 'n', rank: n })),
    )
  })
  const byRank = (direction: 'ascending' | 'descending'): FindOptions['sort'] => [{ path: 'rank', direction }]

  it.each([
    ['equality', () => plan({ rank: 5 }), /USING INDEX i:c_things:\w+ \(org=\? AND <expr>=\?/],
    [
      'a range',
      () => plan({ rank: { $gt: 5, $lt: 9 } }, byRank('ascending')),
      /\(org=\? AND <expr>>\? AND <expr><\?\)/,
    ],
    [
      'a list',
      () => plan({ rank: { $in: [1, 2] } }, byRank('ascending')),
      /USING INDEX i:c_things:\w+ \(org=\? AND <expr>=\?/,
    ],
    [
      'a unique key',
      () => plan({ serial: 's' }),
      /USING INDEX u:c_things:serial:\w+ \(org=\? AND <expr>=\?\)/,
    ],
    [
      'two paths',
      () => plan({ name: 'n', rank: { $gt: 3 } }, byRank('ascending')),
      /\(org=\? AND <expr>=\? AND <expr>>\?\)/,
    ],
    ['order', () => plan({}, byRank('ascending')), /USING INDEX i:c_things/],
    ['order backwards', () => plan({}, byRank('descending')), /USING INDEX i:c_things/],
    ['filter, then order', () => plan({ name: 'n' }, byRank('descending')), /\(org=\? AND <expr>=\?\)/],
    ['a cursor', () => plan({}, byRank('ascending'), 5), /\(org=\? AND <expr>>\?\)/],
    ['a cursor backwards', () => plan({}, byRank('descending'), 5), /\(org=\? AND <expr><\?\)/],
    ['the id', () => plan({}), /USING INDEX sqlite_autoindex_c_things_1 \(org=\?/],
  ])('use an index for %s, without scanning or sorting', (_, explain, expected) => {
    const steps = explain()
    expect(steps).toMatch(expected)
    expect(steps).not.toMatch(/TEMP B-TREE|SCAN main/)
  })
})

describe('the schema of SQLite files', () => {
  it('is at the version of this program, with a log ahead and every commit synced', async () => {
    const db = openFile()
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 })
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    db.close()
  })

  it('goes forward once, step by step, and keeps what there was', () => {
    const db = new DatabaseSync(':memory:')
    const first = 'CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)'
    migrate(db, [first])
    migrate(db, [first, 'UPDATE a SET x = x + 10'])
    migrate(db, [first, 'UPDATE a SET x = x + 10'])
    expect(db.prepare('SELECT x FROM a').all()).toEqual([{ x: 11 }])
    db.close()
  })

  it('learns versions of documents in a file from before there were any', async () => {
    await thingsOf('acme').insert({ id: 'a', rank: 1 })
    await store.close()
    const before = openFile()
    before.exec('ALTER TABLE c_things DROP COLUMN form; PRAGMA user_version = 1')
    before.close()
    store = await open()
    expect(await thingsOf('acme').get('a')).toEqual({ document: { id: 'a', rank: 1 }, version: 1 })
    const next = { ...THINGS, version: 2, upcast: { 1: (thing: object) => ({ ...thing, rank: 2 }) } }
    await store.close()
    store = await open()
    expect(await store.organization('acme').collection(next).count({ rank: 2 })).toBe(1)
  })

  it('undoes a migration that fails half way', () => {
    const db = new DatabaseSync(':memory:')
    expect(() => migrate(db, ['CREATE TABLE a (x INTEGER); INSERT INTO nowhere VALUES (1)'])).toThrow(
      'nowhere',
    )
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 0 })
    expect(db.prepare('SELECT name FROM sqlite_schema').all()).toEqual([])
    db.close()
  })

  it('of a newer program is refused', async () => {
    await store.close()
    const db = openFile()
    db.exec('PRAGMA user_version = 99')
    db.close()
    await expect(open()).rejects.toThrow(SchemaConflict)
    const undone = openFile()
    undone.exec('PRAGMA user_version = 2')
    undone.close()
    store = await open()
  })

  it('follows the spec: an index comes, a unique key that is no longer wanted goes', async () => {
    const { unique: _, ...loose } = THINGS
    const strict = thingsOf('acme')
    await strict.insert({ id: 'a', serial: 's' })
    const relaxed = store.organization('acme').collection(loose)
    expect(await relaxed.insert({ id: 'b', serial: 's' })).toMatchObject({ kind: 'inserted' })
    const again = store.organization('acme').collection({ ...THINGS })
    await expect(again.insert({ id: 'c' })).rejects.toThrow(SchemaConflict)
    expect((await again.find({ serial: 's' })).items).toHaveLength(2)
  })

  it('builds the search by place for documents that were there before, and again when the path moves', async () => {
    const { location: _, ...placeless } = THINGS
    const place = { latitude: 1, longitude: 1 }
    await store.organization('acme').collection(placeless).insert({ id: 'a', place })
    await thingsOf('acme').insert({ id: 'b', place })
    expect(await thingsOf('acme').near(place, { radiusMeters: 1 })).toHaveLength(2)
    const moved = store.organization('acme').collection({ ...THINGS, location: 'nested' })
    await moved.insert({ id: 'c', place })
    expect(await moved.near(place, { radiusMeters: 1 })).toEqual([])
  })
})
