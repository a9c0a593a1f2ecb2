import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../platform/logger.ts'
import type { Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { deadLetterCollection, StoreDeadLetterBox } from './dead-letter-box.ts'
import { DeadLetterKeeper, droppedCollection } from './dead-letter-keeper.ts'
import type { DeadLetterLimits } from './dead-letter-limits.ts'
import { noonMs } from './reading.fixture.ts'

const limits: DeadLetterLimits = {
  keptForMs: 86_400_000,
  device: { letters: 30, bytes: 100_000 },
  organization: { letters: 50, bytes: 150_000 },
}
const clock = { atMs: noonMs, nowMs: () => clock.atMs }

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let keeper: DeadLetterKeeper
let box: StoreDeadLetterBox
const counts = { deadLettersDropped: 0 }

beforeEach(async () => {
  directory = await temporaryDirectory()
  store = await openSqliteStore({ directory: directory.path })
  clock.atMs = noonMs
  counts.deadLettersDropped = 0
  keeper = new DeadLetterKeeper({ store, limits, clock, log: silentLogger, counts })
  let next = 0
  box = new StoreDeadLetterBox(
    store,
    () => `id-${(next += 1)}`,
    (rejects) => keeper.noted(rejects),
  )
})
afterEach(async () => {
  await store.close()
  await directory.remove()
})

const put = async (deviceId: string, index: number, bytes = 10, orgId = 'acme'): Promise<void> => {
  await box.put([
    {
      orgId,
      deviceId,
      topic: 't',
      reason: 'not-json',
      detail: '',
      payload: new Uint8Array(bytes),
      receivedAt: noonMs + index,
      offset: '',
      index: 0,
    },
  ])
  await keeper.whenIdle()
}
const kept = async (orgId = 'acme'): Promise<readonly string[]> => {
  const { items } = await store
    .organization(orgId)
    .collection(deadLetterCollection)
    .find({}, { sort: [{ path: 'receivedAt', direction: 'ascending' }], limit: 1000 })
  return items.map(({ document }) => `${document.deviceId} ${Date.parse(document.receivedAt) - noonMs}`)
}
const dropped = async (orgId = 'acme'): Promise<number | undefined> =>
  (await store.organization(orgId).collection(droppedCollection).get('dropped'))?.document.letters

test('a device that does nothing but err keeps its newest letters, and takes none from others', async () => {
  await put('quiet', 0)
  for (let index = 1; index <= 100; index += 1) await put('loud', index)
  const left = await kept()
  expect(left[0]).toBe('quiet 0')
  expect(left.at(-1)).toBe('loud 100')
  expect(left.length).toBeLessThanOrEqual(1 + limits.device.letters * 1.2)
  expect(left.slice(1)).toEqual(
    Array.from({ length: left.length - 1 }, (_, i) => `loud ${i + 102 - left.length}`),
  )
})

test('large ones count by their bytes', async () => {
  for (let index = 1; index <= 20; index += 1) await put('large', index, 20_000)
  expect((await kept()).length).toBeLessThanOrEqual(5)
  expect((await kept()).at(-1)).toBe('large 20')
})

test('many devices together keep what their organization has room for, another organization keeps its own', async () => {
  await put('other', 0, 10, 'other')
  for (let index = 1; index <= 200; index += 1) await put(`d${index % 20}`, index)
  expect((await kept()).length).toBeLessThanOrEqual(limits.organization.letters * 1.1)
  expect(await kept('other')).toEqual(['other 0'])
})

test('it is told how many are gone', async () => {
  for (let index = 1; index <= 100; index += 1) await put('loud', index)
  const gone = 100 - (await kept()).length
  expect(gone).toBeGreaterThan(0)
  expect(await dropped()).toBe(gone)
  expect(counts.deadLettersDropped).toBe(gone)
  expect(await dropped('other')).toBeUndefined()
})

test('what is too old goes, and is told of as well', async () => {
  await put('d1', 0)
  await put('d1', 5000)
  clock.atMs = noonMs + limits.keptForMs + 1000
  await keeper.sweep(
    (async function* () {
      yield 'acme'
    })(),
  )
  expect(await kept()).toEqual(['d1 5000'])
  expect(await dropped()).toBe(1)
})
