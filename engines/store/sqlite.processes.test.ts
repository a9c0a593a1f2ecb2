import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { put, THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Thing } from '../../nodes/platform/store/contract/fixture.ts'
import { everyDocument } from '../../nodes/platform/store/every-document.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { openSqliteStore } from './sqlite.ts'
import { startChild, temporaryDirectory } from './testing/processes.ts'

describe('SQLite store shared by processes', { timeout: 60_000 }, () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let store: Store
  const open = (): Promise<Store> =>
    openSqliteStore({ directory: directory.path, isDedicated: (orgId) => orgId === 'own' })
  beforeEach(async () => {
    directory = await temporaryDirectory()
    store = await open()
  })
  afterEach(async () => {
    await store.close()
    await directory.remove()
  })

  it('counts exactly when three of them count', async () => {
    const things = store.organization('acme').collection(THINGS)
    await things.insert({ id: 'counter', rank: 0 })
    const children = [startChild(directory.path, 'count', 100), startChild(directory.path, 'count', 100)]
    for (let n = 0; n < 100; n += 1) {
      await things.update('counter', (thing) => ({ ...thing, rank: (thing.rank ?? 0) + 1 }))
    }
    expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0])
    expect(await things.get('counter')).toMatchObject({ document: { rank: 300 }, version: 301 })
  })

  it('says that what another process has written is another revision, in whichever file', async () => {
    for (const orgId of ['acme', 'own'])
      await store.organization(orgId).collection(THINGS).insert({ id: 'a' })
    for (const orgId of ['acme', 'own']) {
      const before = store.revisionOf?.(THINGS)
      expect(before).toBeGreaterThan(0)
      expect(store.revisionOf?.(THINGS)).toBe(before)
      const other = await open()
      await other
        .organization(orgId)
        .collection(THINGS)
        .update('a', (thing) => ({ ...thing, rank: 5 }))
      expect(store.revisionOf?.(THINGS)).toBeGreaterThan(before ?? 0)
      await other.close()
    }
  })

  it('gives each document to one of them only', async () => {
    const things = store.organization('acme').collection(THINGS)
    await put(
      things,
      Array.from({ length: 300 }, (_, n): Thing => ({ id: `t${n}` })),
    )
    const children = [startChild(directory.path, 'claim'), startChild(directory.path, 'claim')]
    expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0])
    const taken = children.flatMap((child) => child.lines().flatMap((line) => line.split(' ')))
    expect(taken).toHaveLength(300)
    expect(new Set(taken).size).toBe(300)
  })

  it('opens a new directory from several at once', async () => {
    const fresh = await temporaryDirectory()
    const children = Array.from({ length: 4 }, () => startChild(fresh.path, 'claim'))
    expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0, 0, 0])
    await fresh.remove()
  })

  it.each(['write', 'own'])('loses nothing resolved to a SIGKILL (%s)', async (task) => {
    const resolved: string[] = []
    for (const lines of [50, 300, 1_000]) {
      const child = startChild(directory.path, task)
      await child.said(lines)
      child.process.kill('SIGKILL')
      expect(await child.ended).toBe('SIGKILL')
      resolved.push(...child.lines())
    }
    const things = store.organization(task === 'own' ? 'own' : 'acme').collection(THINGS)
    const stored = new Set<string>()
    for await (const { document } of everyDocument(things)) stored.add(document.id)
    expect(resolved.length).toBeGreaterThanOrEqual(1_350)
    expect(resolved.filter((id) => !stored.has(id))).toEqual([])
    const file = new DatabaseSync(join(directory.path, task === 'own' ? 'org-own.db' : 'store.db'))
    expect(file.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    file.close()
  })
})
