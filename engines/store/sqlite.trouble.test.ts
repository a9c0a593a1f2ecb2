import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ids, THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Thing, Things } from '../../nodes/platform/store/contract/fixture.ts'
import type { Store } from '../../nodes/platform/store/port.ts'
import { openSqliteStore } from './sqlite.ts'
import type { SqliteStoreOptions } from './sqlite.ts'
import { temporaryDirectory } from './testing/processes.ts'

describe('SQLite store in trouble', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let store: Store
  let things: Things
  let other: DatabaseSync | undefined
  const open = async (options: Partial<SqliteStoreOptions> = {}): Promise<void> => {
    store = await openSqliteStore({ directory: directory.path, ...options })
    things = store.organization('acme').collection(THINGS)
    await things.insert({ id: 'first', rank: 0 })
  }
  const lock = (file = 'store.db'): DatabaseSync => {
    other = new DatabaseSync(join(directory.path, file))
    other.exec('BEGIN IMMEDIATE')
    return other
  }
  beforeEach(async () => {
    directory = await temporaryDirectory()
  })
  afterEach(async () => {
    if (other?.isOpen === true) other.close()
    await store.close()
    await directory.remove()
  })

  describe('locked by another connection', () => {
    it('lets writes wait while reads go on, then drains them in order', async () => {
      const logger = { info: vi.fn<() => void>(), warn: vi.fn<() => void>() }
      await open({ logger })
      const holder = lock()
      const order: string[] = []
      const writes = Array.from({ length: 1_200 }, async (_, n) => {
        const id = `t${String(n).padStart(4, '0')}`
        await things.insert({ id, rank: n })
        order.push(id)
      })
      // Reads see the last commit; the loop turns all the while.
      for (let n = 0; n < 20; n += 1) {
        expect(ids((await things.find()).items)).toEqual(['first'])
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      expect(order).toEqual([])
      holder.exec('ROLLBACK')
      await Promise.all(writes)
      expect(order).toHaveLength(1_200)
      expect(order).toEqual(order.toSorted())
      expect(await things.count()).toBe(1_201)
      expect(logger.warn).toHaveBeenCalledTimes(1)
      expect(logger.info).toHaveBeenCalledTimes(1)
    })

    it('never blocks the event loop', async () => {
      await open()
      lock()
      const started = performance.now()
      void things.insert({ id: 'waiting' }).catch(() => undefined)
      let longest = 0
      let last = started
      while (performance.now() - started < 150) {
        await new Promise((resolve) => setImmediate(resolve))
        longest = Math.max(longest, performance.now() - last)
        last = performance.now()
      }
      expect(longest).toBeLessThan(100)
      other?.exec('ROLLBACK')
    })

    it('refuses more than it can hold, and what waited too long', async () => {
      await open({ maxWaitingWrites: 10, maxWaitMs: 60 })
      const holder = lock()
      const early = Array.from({ length: 10 }, (_, n) => things.insert({ id: `early-${n}` }))
      const late = things.insert({ id: 'late' })
      await expect(late).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'queue-full' })
      const outcomes = await Promise.allSettled(early)
      expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true)
      await expect(early[0]).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'busy' })
      holder.exec('ROLLBACK')
      expect(await things.insert({ id: 'late' })).toMatchObject({ kind: 'inserted' })
      // What was refused is not written later.
      expect(ids((await things.find()).items)).toEqual(['first', 'late'])
    })

    it('shows in the probe within about a second, and probes well afterwards', async () => {
      await open()
      const holder = lock()
      await expect(store.probe()).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'busy' })
      holder.exec('ROLLBACK')
      await expect(store.probe()).resolves.toBeUndefined()
    })

    it('does not hold up the collections of a dedicated organization', async () => {
      await open({ isDedicated: (orgId) => orgId === 'own' })
      const { uniqueEverywhere: _, ...spec } = THINGS
      const own = store.organization('own').collection(spec)
      await own.insert({ id: 'a' })
      lock()
      expect(await own.insert({ id: 'b' })).toMatchObject({ kind: 'inserted' })
    })

    it('writes what waits when it is closed after the lock is gone', async () => {
      await open()
      const holder = lock()
      const waiting = things.insert({ id: 'waiting' })
      await new Promise((resolve) => setTimeout(resolve, 10))
      const closing = store.close()
      holder.exec('ROLLBACK')
      await closing
      expect(await waiting).toMatchObject({ kind: 'inserted' })
    })
  })

  describe('full', () => {
    const big = (id: string): Thing => ({ id, name: 'x'.repeat(20_000) })

    it('refuses what does not fit, lets reads and removals through, and recovers by itself', async () => {
      await open()
      await Promise.all(Array.from({ length: 5 }, (_, n) => things.insert(big(`big-${n}`))))
      await store.close()
      // No page more than there is; the pages there have room for something small.
      await open({ maxFileBytes: 1 })
      const beside = [things.insert({ id: 'small' }), things.insert(big('more')), things.remove('big-0')]
      const [small, more, removed] = await Promise.allSettled(beside)
      expect(more).toMatchObject({
        status: 'rejected',
        reason: { name: 'StoreUnavailable', reason: 'full' },
      })
      expect(small?.status).toBe('fulfilled')
      expect(removed).toEqual({ status: 'fulfilled', value: true })
      expect(await things.count()).toBe(6)
      expect(await things.get('more')).toBeUndefined()
      // The room that the removal made is used again.
      expect(await things.insert(big('fits'))).toMatchObject({ kind: 'inserted' })
      await expect(things.insert(big('again'))).rejects.toMatchObject({ reason: 'full' })
      await store.close()
      await open({ maxFileBytes: 10_000_000 })
      expect(await things.insert(big('again'))).toMatchObject({ kind: 'inserted' })
    })
  })
})
