import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CollectionSpec, Document, Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { MemoryDeviceStates } from './memory-device-states.ts'
import { seenTimesCollection } from './seen-times.ts'

/** Long after all that the tests tell of, unless they set it. */
const longAfterMs = 1e12
const clock = { atMs: longAfterMs, nowMs: () => clock.atMs }
const key = { orgId: 'acme', deviceId: 'd1' }
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
/** Writes fail while it is set. */
let trouble: Error | undefined
let writes: Promise<unknown>[]
let due: (() => void)[]
let states: MemoryDeviceStates

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  trouble = undefined
  writes = []
  due = []
  clock.atMs = longAfterMs
  states = await MemoryDeviceStates.load(observed(store), (task) => due.push(task), clock)
})

afterEach(async () => {
  await store.close()
  await folder.remove()
})

/** The store with its upserts watched, and failing on demand. */
const observed = (inner: Store): Store =>
  overriding(inner, {
    organization: (orgId: string) =>
      overriding(inner.organization(orgId), {
        collection: (spec: CollectionSpec<Document>) => {
          const collection = inner.organization(orgId).collection(spec)
          return overriding(collection, {
            upsert: (document: Document) => {
              const write = trouble === undefined ? collection.upsert(document) : Promise.reject(trouble)
              writes.push(write)
              return write
            },
          })
        },
      }),
  })

const overriding = <T extends object>(target: T, changes: Readonly<Record<string, unknown>>): T =>
  new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && name in changes) return changes[name]
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The delay before a save has passed. */
async function saveNow(): Promise<void> {
  for (const task of due.splice(0)) task()
  await settled()
  await Promise.allSettled(writes)
  await settled()
}

const isDone = async (promise: Promise<void>): Promise<boolean> =>
  (await Promise.race([promise, settled().then(() => 'later' as const)])) !== 'later'

const reload = (): Promise<MemoryDeviceStates> => MemoryDeviceStates.load(store, () => undefined, clock)

test('a clock that was a day ahead keeps no device offline once it is right, nor a silent one online', async () => {
  const aheadMs = longAfterMs + 86_400_000
  clock.atMs = aheadMs
  states.report({ ...key, receivedAt: aheadMs, reported: { fan: 1 } })
  states.report({ ...key, receivedAt: aheadMs, online: false })
  states.report({ ...key, deviceId: 'd2', receivedAt: aheadMs })
  clock.atMs = longAfterMs
  expect(states.report({ ...key, receivedAt: longAfterMs, reported: { fan: 2 } }).state).toMatchObject({
    online: true,
    lastSeenAt: longAfterMs,
    reported: { fan: 2 },
  })
  const unheard = (): string[] => [...states.unheard(clock.atMs - 60_000)].map(({ state }) => state.id)
  expect(unheard()).toEqual([])
  clock.atMs += 61_000
  expect(unheard()).toContain('d2')
})

describe('states of devices', () => {
  test('begin as never seen, and nobody else sees them', async () => {
    expect(await states.get('acme', 'd1')).toMatchObject({ online: false, lastSeenAt: null })
    states.report({ ...key, receivedAt: 10 })
    expect((await states.get('acme', 'd1')).online).toBe(true)
    expect((await states.get('other', 'd1')).online).toBe(false)
  })

  test('tell news from what was known', () => {
    expect(states.report({ ...key, receivedAt: 10 }).isNews).toBe(true)
    expect(states.report({ ...key, receivedAt: 20 }).isNews).toBe(false)
    expect(states.report({ ...key, receivedAt: 30, reported: { fan: 1 } }).isNews).toBe(true)
    expect(states.report({ ...key, receivedAt: 40, online: false }).isNews).toBe(true)
  })

  test('seen moves on the time of a device that is online, and is news of one that is not', async () => {
    expect(states.seen('acme', 'd1', 10)?.online).toBe(true)
    expect(states.seen('acme', 'd1', 20)).toBeUndefined()
    expect(states.seen('acme', 'd1', 15)).toBeUndefined()
    expect((await states.get('acme', 'd1')).lastSeenAt).toBe(20)
    states.report({ ...key, receivedAt: 30, online: false })
    expect(states.seen('acme', 'd1', 40)?.online).toBe(true)
  })
})

describe('of many devices', () => {
  test('those unheard of are found though the last look has found that all were heard of later', () => {
    const unheard = (beforeMs: number): string[] => states.unheard(beforeMs).map(({ state }) => state.id)
    states.report({ ...key, receivedAt: 1000 })
    expect(unheard(500)).toEqual([])
    expect(unheard(1000)).toEqual([])
    expect(unheard(1001)).toEqual(['d1'])
    states.report({ ...key, deviceId: 'd2', receivedAt: 600 })
    expect(unheard(601)).toEqual(['d2'])
    states.seen('acme', 'd2', 2000)
    expect(unheard(601)).toEqual([])
    expect(unheard(1500)).toEqual(['d1'])
    states.report({ ...key, receivedAt: 3000, online: false })
    expect(unheard(2001)).toEqual(['d2'])
  })

  test('those unheard of are found after the clock was set back', () => {
    states.report({ ...key, receivedAt: longAfterMs })
    expect(states.unheard(longAfterMs - 1000)).toEqual([])
    clock.atMs = longAfterMs - 3_600_000
    expect(states.unheard(clock.atMs - 1000)).toEqual([])
    clock.atMs += 5000
    expect(states.unheard(clock.atMs - 1000)).toHaveLength(1)
  })

  test('those online are counted by organization, and those unheard of since a time are found', async () => {
    states.report({ ...key, receivedAt: 10 })
    states.report({ ...key, deviceId: 'd2', receivedAt: 20 })
    states.report({ ...key, deviceId: 'd3', receivedAt: 5, online: false })
    states.report({ orgId: 'other', deviceId: 'd4', receivedAt: 30 })
    expect(await states.countOnline('acme')).toBe(2)
    expect([...states.unheard(20)].map(({ state }) => state.id)).toEqual(['d1'])
    expect((await states.of('acme', ['d2', 'd1', 'd4'])).map(({ online }) => online)).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('writing behind', () => {
  test('several reports of a device between two saves cost one write, of the last', async () => {
    states.report({ ...key, receivedAt: 10 })
    states.report({ ...key, receivedAt: 20, reported: { fan: 1 } })
    states.report({ ...key, receivedAt: 30, reported: { fan: 2 } })
    expect(due).toHaveLength(1)
    await saveNow()
    expect(writes).toHaveLength(1)
    expect(await (await reload()).get('acme', 'd1')).toMatchObject({ reported: { fan: 2 }, lastSeenAt: 30 })
  })

  test('whoever waits for it waits until it is in the store', async () => {
    expect(await isDone(states.whenSaved())).toBe(true)
    states.report({ ...key, receivedAt: 10 })
    const saved = states.whenSaved()
    expect(await isDone(saved)).toBe(false)
    await saveNow()
    expect(await isDone(saved)).toBe(true)
    expect((await (await reload()).get('acme', 'd1')).online).toBe(true)
  })

  test('having been seen is written only now and then', async () => {
    states.report({ ...key, receivedAt: 10 })
    await saveNow()
    states.seen('acme', 'd1', 20)
    states.report({ ...key, receivedAt: 30 })
    expect(due).toEqual([])
    expect(await isDone(states.whenSaved())).toBe(true)

    await states.saveSeen()
    expect(due).toEqual([])
    expect((await (await reload()).get('acme', 'd1')).lastSeenAt).toBe(30)
  })

  test('who was seen is written together: a few documents, however many they are', async () => {
    const count = 9000
    for (let n = 0; n < count; n++) states.report({ orgId: 'acme', deviceId: `d${n}`, receivedAt: 10 })
    await saveNow()
    writes = []
    for (let n = 0; n < count; n++) states.seen('acme', `d${n}`, 1000 + n)
    await states.saveSeen()
    expect(writes).toHaveLength(3)
    const loaded = await reload()
    const ids = Array.from({ length: count }, (_, n) => `d${n}`)
    expect((await loaded.of('acme', ids)).map(({ lastSeenAt }) => lastSeenAt)).toEqual(
      ids.map((_, n) => 1000 + n),
    )

    // Whose state is written is not among them any more, and the documents become fewer.
    for (let n = 0; n < 5000; n++)
      states.report({ orgId: 'acme', deviceId: `d${n}`, receivedAt: 20_000, online: false })
    await saveNow()
    states.seen('acme', 'd8000', 30_000)
    await states.saveSeen()
    const { items } = await store.organization('acme').collection(seenTimesCollection).find()
    expect(items.map(({ document }) => document.devices.length)).toEqual([4000])
    const after = await reload()
    const [first, last] = await after.of('acme', ['d0', 'd8000'])
    expect([first?.lastSeenAt, last?.lastSeenAt]).toEqual([20_000, 30_000])
  })

  test('what could not be written of who was seen is written the next time, by whoever was loaded, too', async () => {
    states.report({ ...key, receivedAt: 10 })
    await saveNow()
    states.seen('acme', 'd1', 20)
    trouble = new Error('the store is away')
    await expect(states.saveSeen()).rejects.toThrow('away')
    trouble = undefined
    await states.saveSeen()
    const loaded = await MemoryDeviceStates.load(observed(store), (task) => due.push(task), clock)
    loaded.report({ orgId: 'acme', deviceId: 'd2', receivedAt: 30 })
    await saveNow()
    loaded.seen('acme', 'd2', 40)
    await loaded.saveSeen()
    const [one, two] = await (await reload()).of('acme', ['d1', 'd2'])
    expect([one?.lastSeenAt, two?.lastSeenAt]).toEqual([20, 40])
  })

  test('who was removed is not among those seen', async () => {
    states.report({ ...key, receivedAt: 10 })
    await saveNow()
    states.seen('acme', 'd1', 20)
    await states.saveSeen()
    await states.forget('acme', 'd1')
    await states.saveSeen()
    expect((await store.organization('acme').collection(seenTimesCollection).find()).items).toEqual([])
  })

  test('nothing seen, nothing to write', async () => {
    await states.saveSeen()
    expect(due).toEqual([])
  })

  test('when the store fails it is tried again, and whoever waits goes on waiting', async () => {
    states.report({ ...key, receivedAt: 10 })
    const saved = states.whenSaved()
    trouble = new Error('the store is away')
    await saveNow()
    expect(await isDone(saved)).toBe(false)
    expect(await isDone(states.whenSaved())).toBe(false)

    trouble = undefined
    await saveNow()
    expect(await isDone(saved)).toBe(true)
    expect((await (await reload()).get('acme', 'd1')).online).toBe(true)
  })

  test('who begins to wait while a write is failing waits for the next one', async () => {
    states.report({ ...key, receivedAt: 10 })
    trouble = new Error('the store is away')
    for (const task of due.splice(0)) task()
    await Promise.resolve()
    const saved = states.whenSaved()
    expect(await isDone(saved)).toBe(false)
    trouble = undefined
    await saveNow()
    expect(await isDone(saved)).toBe(true)
  })

  test('closing writes what is left', async () => {
    states.report({ ...key, receivedAt: 10 })
    await saveNow()
    states.seen('acme', 'd1', 99)
    await states.close()
    expect((await (await reload()).get('acme', 'd1')).lastSeenAt).toBe(99)
  })

  test('a forgotten device is gone from memory and store, and does not come back with a save', async () => {
    states.report({ ...key, receivedAt: 10 })
    await saveNow()
    states.report({ ...key, receivedAt: 20, online: false })
    await states.forget('acme', 'd1')
    await saveNow()
    expect((await states.get('acme', 'd1')).lastSeenAt).toBeNull()
    expect((await (await reload()).get('acme', 'd1')).lastSeenAt).toBeNull()
  })
})
