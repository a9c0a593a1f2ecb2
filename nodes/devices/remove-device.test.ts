import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../platform/logger.ts'
import type { Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import type { Platform } from '../platform/platform.ts'
import { deviceCollection } from './collections.ts'
import { aClass, aDevice } from './device.fixture.ts'
import { StoreDeviceDirectory } from './directory.ts'
import { operation as createDevice } from './operations/create-device.ts'
import { operation as deleteDevice } from './operations/delete-device.ts'
import { finishRemovals } from './remove-device.ts'

let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let platform: Platform
let done: string[]
/** What fails, once. */
let failing: string | undefined
const clock = { atMs: 1_000_000, nowMs: () => clock.atMs }

const step = (name: string) => async (): Promise<void> => {
  if (failing === name) {
    failing = undefined
    throw new Error(`${name} failed`)
  }
  done.push(name)
}

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  const directory = await StoreDeviceDirectory.load(store, { shipped: [aClass()] })
  await directory.changeDevice('acme', 'd1', () =>
    store.organization('acme').collection(deviceCollection).upsert(aDevice()),
  )
  done = []
  failing = undefined
  clock.atMs = 1_000_000
  const parts = {
    store,
    directory,
    clock,
    log: silentLogger,
    broker: { disconnect: step('disconnected') },
    series: { removeDevice: step('history') },
    deviceStates: { forget: step('state') },
    latest: { forget: step('latest') },
    brokerAccess: { isReserved: () => false },
    secrets: {
      newDevicePassword: () => 'secret',
      hashDevicePassword: () => ({ salt: 's', hash: 'h' }),
      newId: () => 'id',
    },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is used here
  platform = parts as unknown as Platform
})
afterEach(async () => {
  await store.close()
  await folder.remove()
})

const request = { query: {}, principal: undefined, requestId: 'r', address: 'a', orgId: 'acme' }
const remove = async (orgId = 'acme'): Promise<unknown> =>
  deleteDevice.handle({ ...request, orgId, params: { id: 'd1' }, body: undefined }, platform)
const create = async (): Promise<unknown> =>
  createDevice.handle(
    {
      ...request,
      params: {},
      body: { id: 'd1', classKey: 'logger', name: 'anew', tags: [], ports: [], isEnabled: true },
    },
    platform,
  )
const steps = ['disconnected', 'history', 'state', 'latest']
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
    expect(platform.directory.lookup('d1')).toBeUndefined()
    expect(await remove('other')).toMatchObject(missing)
    expect(await remove()).toMatchObject(removed)
    expect(new Set(done)).toEqual(new Set(steps))
    expect(await remove()).toMatchObject(missing)
  })

  test('that nobody asks for again goes on by itself, and until then nobody can have the id', async () => {
    failing = 'history'
    await expect(remove()).rejects.toThrow('failed')
    expect(await create()).toMatchObject({ kind: 'problem', problem: { status: 409 } })
    await finishRemovals(platform)
    expect(done).toEqual(['disconnected'])
    clock.atMs += 31_000
    await finishRemovals(platform)
    expect(done).toEqual(['disconnected', ...steps])
  })
})
