import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { fromEntry } from '../platform/kit/events/event-codec.ts'
import { EventRelay } from '../platform/kit/events/relay.ts'
import { type Jobs, openJobs } from '../platform/kit/jobs/jobs.ts'
import { Unavailable } from '../platform/kit/unavailable.ts'
import { silentLogger } from '../platform/logger.ts'
import type { Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import type { NewEntry } from '../platform/stream/port.ts'
import { type VirtualClock, virtualClock } from '../platform/testing/virtual-clock.fixture.ts'
import { deviceCollection, newDeviceDocument } from './collections.ts'
import { aClass, aDevice } from './device.fixture.ts'
import { OtherTraces } from './device-traces.ts'
import { type Devices, devicesOf, type DevicesParts } from './devices.ts'
import { StoreDeviceDirectory } from './directory.ts'
import { operation as createDevice } from './operations/create-device.ts'
import { deviceRemovalCollection, finishOldRemovals } from './old-removals.ts'
import { operation as deleteDevice } from './operations/delete-device.ts'
import { removalJob } from './remove-device.ts'
import { unseenDevice } from './state.ts'

let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let devices: Devices
let done: string[]
/** What fails, once. */
let failing: string | undefined
let clock: VirtualClock
let jobs: Jobs
let relay: EventRelay
let parts: DevicesParts
/** Events on the stream; while it is away, none. */
let told: string[]
let ids: string[]
let isStreamAway: boolean

const step = (name: string) => async (): Promise<void> => {
  if (failing === name) {
    failing = undefined
    throw new Error(`${name} failed`)
  }
  done.push(name)
}

beforeEach(async () => {
  folder = await temporaryDirectory()
  clock = virtualClock()
  store = await openSqliteStore({ directory: folder.path })
  const directory = await StoreDeviceDirectory.load(store, { shipped: [aClass()] })
  await directory.changeDevice('acme', 'd1', () =>
    documents().upsert(newDeviceDocument(aDevice({ serialNumber: 'S-1' }))),
  )
  done = []
  failing = undefined
  told = []
  ids = []
  isStreamAway = false
  const common = { store, clock, log: silentLogger, random: () => 1 }
  jobs = openJobs({ ...common, bus: new MemoryHub().open('one') })
  const append = async (_: string, entries: readonly NewEntry[]): Promise<void> => {
    if (isStreamAway) throw new Error('the stream is away')
    told.push(...entries.map(({ route }) => route.type))
    ids.push(...entries.map((entry) => fromEntry({ ...entry, offset: '1', deliveries: 0 }).id))
  }
  relay = new EventRelay({ ...common, stream: { append } })
  const others = new OtherTraces()
  others.add(step('others'))
  const given = {
    relay,
    others,
    store,
    directory,
    clock,
    log: silentLogger,
    broker: { disconnect: step('disconnected') },
    series: { removeDevice: step('history') },
    states: { forget: step('state'), get: async () => unseenDevice('acme', 'd1') },
    latest: { forget: step('latest') },
    access: { isReserved: () => false },
    secrets: {
      newDevicePassword: () => 'secret',
      hashDevicePassword: () => ({ salt: 's', hash: 'h' }),
      hashChosenPassword: async () => ({ salt: 's', hash: 'h' }),
      newId: () => 'id',
    },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is used here
  parts = given as unknown as DevicesParts
  devices = devicesOf(parts)
})
afterEach(async () => {
  await jobs.stop()
  await relay.stop()
  await store.close()
  await folder.remove()
})

const documents = () => store.organization('acme').collection(deviceCollection)
const request = { query: {}, principal: undefined, requestId: 'r', address: 'a', orgId: 'acme' }
const remove = async (orgId = 'acme'): Promise<unknown> =>
  deleteDevice.handle({ ...request, orgId, params: { id: 'd1' }, body: undefined }, { devices })
const create = async (): Promise<unknown> =>
  createDevice.handle(
    {
      ...request,
      params: {},
      body: { id: 'd1', classKey: 'logger', name: 'anew', tags: [], ports: [], isEnabled: true },
    },
    { devices },
  )
const steps = ['disconnected', 'history', 'state', 'latest', 'others']
const removed = { kind: 'reply', status: 204 }
const missing = { kind: 'problem', problem: { status: 404 } }

describe('the removal of a device', () => {
  test('takes its connection and its history, once', async () => {
    expect(await remove()).toMatchObject(removed)
    expect(done).toEqual(steps)
    expect(await remove()).toMatchObject(missing)
  })

  test.each(steps)('that fails at %s can be asked for again, by nobody else', async (name) => {
    failing = name
    await expect(remove()).rejects.toThrow('failed')
    expect(devices.directory.lookup('d1')).toBeUndefined()
    expect(await remove('other')).toMatchObject(missing)
    expect(await remove()).toMatchObject(removed)
    expect(new Set(done)).toEqual(new Set(steps))
    expect(await remove()).toMatchObject(missing)
  })

  test('that nobody asks for again goes on by itself, and until then nobody can have the id', async () => {
    jobs.start(removalJob(parts))
    failing = 'history'
    await expect(remove()).rejects.toThrow('failed')
    expect(await create()).toMatchObject({ kind: 'problem', problem: { status: 409 } })
    await clock.pass(29_000)
    expect(done).toEqual(['disconnected'])
    await clock.pass(2000)
    expect(done).toEqual(['disconnected', ...steps])
    expect(await create()).toMatchObject({ kind: 'reply', status: 201 })
  })

  test('is told once, however often it is asked for, and the id is free when it is through', async () => {
    failing = 'latest'
    await expect(remove()).rejects.toThrow('failed')
    await remove()
    await relay.whenIdle()
    expect(told).toEqual(['DeviceRemoved'])
    expect(await create()).toMatchObject({ kind: 'reply', status: 201 })
  })

  test('of the device that has its id afterwards is another event', async () => {
    await remove()
    await clock.pass(1000)
    await create()
    await remove()
    expect(told).toEqual(['DeviceRemoved', 'DeviceRemoved'])
    expect(new Set(ids).size).toBe(2)
  })

  test('is not through before it is told', async () => {
    jobs.start(removalJob(parts))
    isStreamAway = true
    await expect(remove()).rejects.toThrow(Unavailable)
    expect(done).toEqual(steps)
    await clock.pass(60_000)
    expect(await documents().count()).toBe(1)
    isStreamAway = false
    await clock.pass(120_000)
    expect(told).toEqual(['DeviceRemoved'])
    expect(await documents().count()).toBe(0)
  })

  test('gives its serial number away at once, and shows it in no list', async () => {
    failing = 'disconnected'
    await expect(remove()).rejects.toThrow('failed')
    expect(await documents().count({ removedAt: null })).toBe(0)
    const another = newDeviceDocument(aDevice({ id: 'd2', serialNumber: 'S-1' }))
    expect(await documents().insert(another)).toMatchObject({ kind: 'inserted' })
  })

  test('that an earlier release has begun is finished', async () => {
    const begun = store.organization('acme').collection(deviceRemovalCollection)
    await documents().remove('d1')
    await begun.insert({ id: 'd1', startedAtMs: 1 })
    expect(await create()).toMatchObject({ kind: 'problem', problem: { status: 409 } })
    await finishOldRemovals(parts)
    expect(done).toEqual(steps)
    expect(await begun.count()).toBe(0)
  })
})
