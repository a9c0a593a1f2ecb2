import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { contentOf, expectKept, fillForMove, loose } from './move.fixture.ts'
import { openSqliteStore } from './sqlite.ts'
import { moveOrganization } from './sqlite/move.ts'
import { temporaryDirectory } from './testing/processes.ts'

const count = 500

describe('an organization that is moved between files', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let store: Store
  const open = (): Promise<Store> => openSqliteStore({ directory: directory.path })
  const file = (end: string): string => join(directory.path, `org-acme.${end}`)
  const move = async (to: 'pooled' | 'dedicated'): Promise<number> => {
    await store.close()
    const parts = { directory: directory.path, orgId: 'acme', to, collections: [THINGS, loose] }
    const moved = moveOrganization(parts)
    store = await open()
    return moved
  }
  beforeEach(async () => {
    directory = await temporaryDirectory()
    store = await open()
    await fillForMove(store, count)
  })
  afterEach(async () => {
    await store.close()
    await directory.remove()
  })

  it('has everything afterwards, as it was: versions, leases, unique keys, places; and back again', async () => {
    const before = await contentOf(store)
    for (const to of ['dedicated', 'pooled'] as const) {
      expect(await move(to)).toBe(count + 1)
      expect(await contentOf(store)).toEqual(before)
      expect(existsSync(file('db'))).toBe(to === 'dedicated')
      expect(existsSync(file('moving'))).toBe(false)
      await expectKept(store, count)
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
    const before = await contentOf(store)
    await move('dedicated')
    await store.close()
    writeFileSync(file('moving'), 'dedicated')
    await expect(open()).rejects.toThrow('run `organization move acme` again')
    const parts = { directory: directory.path, orgId: 'acme', collections: [THINGS, loose] }
    // Either way is a way out.
    expect(moveOrganization({ ...parts, to: 'pooled' })).toBe(count + 1)
    store = await open()
    expect(await contentOf(store)).toEqual(before)
  })
})
