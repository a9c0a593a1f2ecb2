import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Thing, THINGS, type Things } from '../../nodes/platform/store/contract/fixture.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { openSqliteStore } from './sqlite.ts'
import { moveOrganization } from './sqlite/move.ts'
import { temporaryDirectory } from './testing/processes.ts'

const loose = { name: 'loose', schema: THINGS.schema }
const count = 500

describe('an organization that is moved between files', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let store: Store
  const open = (): Promise<Store> => openSqliteStore({ directory: directory.path })
  const thingsOf = (orgId: string): Things => store.organization(orgId).collection(THINGS)
  const file = (end: string): string => join(directory.path, `org-acme.${end}`)
  const move = async (to: 'pooled' | 'dedicated'): Promise<number> => {
    await store.close()
    const parts = { directory: directory.path, orgId: 'acme', to, collections: [THINGS, loose] }
    const moved = moveOrganization(parts)
    store = await open()
    return moved
  }
  /** Everything of it, with versions. */
  const content = async (): Promise<unknown> => [
    (await thingsOf('acme').find({}, { limit: 10_000 })).items,
    (await store.organization('acme').collection(loose).find()).items,
  ]
  beforeEach(async () => {
    directory = await temporaryDirectory()
    store = await open()
    const things = Array.from({ length: count }, (_, n): Thing => {
      const place = { latitude: 40 + n / 1000, longitude: 7 }
      return { id: `t${n}`, login: `login-${n}`, serial: `s${n}`, rank: n, place }
    })
    await Promise.all(things.map((thing) => thingsOf('acme').insert(thing)))
    await thingsOf('acme').update('t1', (thing) => ({ ...thing, name: 'changed' }))
    await thingsOf('acme').claim({ id: 't2' }, { owner: 'me', nowMs: 0, durationMs: 1000 })
    await store.organization('acme').collection(loose).insert({ id: 'x', name: 'only' })
    await thingsOf('other').insert({ id: 't1', login: 'bob' })
  })
  afterEach(async () => {
    await store.close()
    await directory.remove()
  })

  it('has everything afterwards, as it was: versions, leases, unique keys, places; and back again', async () => {
    const before = await content()
    const taken = { kind: 'duplicate', key: 'login' }
    for (const to of ['dedicated', 'pooled'] as const) {
      expect(await move(to)).toBe(count + 1)
      expect(await content()).toEqual(before)
      expect(existsSync(file('db'))).toBe(to === 'dedicated')
      expect(existsSync(file('moving'))).toBe(false)
      const lease = { owner: 'you', nowMs: 999, durationMs: 1 }
      expect(await thingsOf('acme').claim({ id: 't2' }, lease)).toEqual([])
      expect(await thingsOf('other').insert({ id: 'n', login: 'login-7' })).toEqual(taken)
      expect(await thingsOf('acme').insert({ id: 'n', login: 'bob' })).toEqual(taken)
      expect(await thingsOf('acme').insert({ id: 'n', serial: 's3' })).toMatchObject({ key: 'serial' })
      const near = await thingsOf('acme').near({ latitude: 40, longitude: 7 }, { radiusMeters: 50 })
      expect(near.map(({ document }) => document.id)).toEqual(['t0'])
      const everywhere = await store.everywhere(THINGS, {}, { limit: 1000 })
      expect(everywhere.items).toHaveLength(count + 1)
      expect(await move(to)).toBe(0)
    }
  })

  it('and has no documents gets no file', async () => {
    await store.close()
    const nobody = { directory: directory.path, orgId: 'nobody', collections: [] }
    expect(moveOrganization({ ...nobody, to: 'dedicated' })).toBe(0)
    expect(existsSync(join(directory.path, 'org-nobody.db'))).toBe(false)
    store = await open()
  })

  it('that was cut short is in no store until it is moved again', async () => {
    const before = await content()
    await move('dedicated')
    await store.close()
    writeFileSync(file('moving'), 'dedicated')
    await expect(open()).rejects.toThrow('run `organization move acme` again')
    const parts = { directory: directory.path, orgId: 'acme', collections: [THINGS, loose] }
    // Either way is a way out.
    expect(moveOrganization({ ...parts, to: 'pooled' })).toBe(count + 1)
    store = await open()
    expect(await content()).toEqual(before)
  })
})
