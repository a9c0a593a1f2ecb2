import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../nodes/platform/store/port.ts'
import { openSqliteStore } from '../nodes/platform/store/sqlite.ts'
import { temporaryDirectory } from '../nodes/platform/store/testing/processes.ts'
import { Lease } from './lease.ts'

const durationMs = 1000
const clock = { atMs: 0, nowMs: () => clock.atMs }
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  clock.atMs = 1_000_000
})
afterEach(async () => {
  await store.close()
  await folder.remove()
})

const lease = (owner: string, name = 'duty'): Lease => new Lease({ store, clock, name, owner, durationMs })

test('one of several has it, for as long as it lasts', async () => {
  const all = ['a', 'b', 'c'].map((owner) => lease(owner))
  const ask = async (): Promise<readonly boolean[]> => Promise.all(all.map((one) => one.isOurs()))
  const first = await ask()
  expect(first.filter(Boolean)).toHaveLength(1)
  clock.atMs += durationMs - 1
  expect(await ask()).toEqual(first)
})

test('when it has ended, whoever asks first has it', async () => {
  const [a, b] = [lease('a'), lease('b')]
  expect([await a.isOurs(), await b.isOurs()]).toEqual([true, false])
  clock.atMs += durationMs
  expect([await b.isOurs(), await a.isOurs()]).toEqual([true, false])
})

test('who gives it back leaves it to the next at once', async () => {
  const [a, b] = [lease('a'), lease('b')]
  await a.isOurs()
  await b.release()
  expect(await b.isOurs()).toBe(false)
  await a.release()
  expect([await b.isOurs(), await a.isOurs()]).toEqual([true, false])
})

test('each duty has a lease of its own', async () => {
  expect([await lease('a').isOurs(), await lease('b', 'another').isOurs()]).toEqual([true, true])
})
