import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { deviceClassCollection, deviceCollection, newDeviceDocument } from './collections.ts'
import type { DeviceClass } from './device-class.ts'
import { aClass, aDevice } from './device.fixture.ts'
import { StoreDeviceDirectory } from './directory.ts'

const shipped = aClass({ key: 'shipped', name: 'Shipped' })
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
})

afterEach(async () => {
  await store.close()
  await folder.remove()
})

/** What changed was written before. */
const nothing = (): Promise<void> => Promise.resolve()
const load = (): Promise<StoreDeviceDirectory> => StoreDeviceDirectory.load(store, { shipped: [shipped] })
const putClass = (orgId: string, deviceClass: DeviceClass): Promise<unknown> =>
  store
    .organization(orgId)
    .collection(deviceClassCollection)
    .upsert({ ...deviceClass, id: deviceClass.key })
const putDevice = (orgId: string, changes: Parameters<typeof aDevice>[0] = {}): Promise<unknown> =>
  store
    .organization(orgId)
    .collection(deviceCollection)
    .upsert(newDeviceDocument(aDevice(changes)))

describe('the directory', () => {
  test('finds every device of every organization when it is loaded', async () => {
    await putClass('acme', aClass())
    await putDevice('acme')
    await putDevice('other', { id: 'd2', classKey: 'shipped' })

    const directory = await load()
    expect([...directory.all()].map(({ orgId, device }) => [orgId, device.id])).toEqual([
      ['acme', 'd1'],
      ['other', 'd2'],
    ])
    expect(directory.lookup('d2')?.deviceClass.name).toBe('Shipped')
    expect(directory.lookup('d3')).toBeUndefined()
  })

  test('leaves out a device whose class is gone', async () => {
    await putDevice('acme', { classKey: 'gone' })
    expect((await load()).lookup('d1')).toBeUndefined()
  })

  test("knows an organization's own classes beside the shipped ones, and nobody else's", async () => {
    await putClass('acme', aClass())
    const directory = await load()
    expect(directory.classes('acme').map(({ key }) => key)).toEqual(['shipped', 'logger'])
    expect(directory.classes('other').map(({ key }) => key)).toEqual(['shipped'])
    expect(directory.deviceClass('other', 'logger')).toBeUndefined()
    expect(directory.isShipped('shipped')).toBe(true)
    expect(directory.isShipped('logger')).toBe(false)
  })

  test("does not give a device the class that another organization has under its class's key", async () => {
    await putClass('other', aClass())
    await putDevice('acme')
    expect((await load()).lookup('d1')).toBeUndefined()
  })
})

describe('a change', () => {
  test('of a device counts from the next look-up on, and grows the revision', async () => {
    const directory = await load()
    await putDevice('acme', { classKey: 'shipped' })
    expect(directory.lookup('d1')).toBeUndefined()

    const before = directory.revision
    await directory.changeDevice('acme', 'd1', nothing)
    expect(directory.lookup('d1')?.ports[1]?.scaling).toBe(1)
    expect(directory.revision).toBeGreaterThan(before)

    await putDevice('acme', { classKey: 'shipped', ports: [{ port: 1, scaling: 4 }] })
    const record = directory.lookup('d1')
    await directory.changeDevice('acme', 'd1', nothing)
    expect(directory.lookup('d1')?.ports[1]?.scaling).toBe(4)
    expect(record?.ports[1]?.scaling).toBe(1)
  })

  test('a removed device is gone', async () => {
    await putDevice('acme', { classKey: 'shipped' })
    const directory = await load()
    await store.organization('acme').collection(deviceCollection).remove('d1')
    await directory.changeDevice('acme', 'd1', nothing)
    expect(directory.lookup('d1')).toBeUndefined()
  })

  test('a change that names another organization does not take a device away', async () => {
    await putDevice('acme', { classKey: 'shipped' })
    const directory = await load()
    await directory.changeDevice('other', 'd1', nothing)
    expect(directory.lookup('d1')?.orgId).toBe('acme')
  })

  test('of a class reaches its devices, and no others', async () => {
    await putClass('acme', aClass())
    await putClass('other', aClass())
    await putDevice('acme')
    await putDevice('other', { id: 'd2' })
    const directory = await load()

    await putClass('acme', aClass({ name: 'Logger 2' }))
    const before = directory.revision
    await directory.changeClass('acme', 'logger', nothing)
    expect(directory.lookup('d1')?.deviceClass.name).toBe('Logger 2')
    expect(directory.lookup('d2')?.deviceClass.name).toBe('Logger')
    expect(directory.revision).toBeGreaterThan(before)
  })

  test('a class that is removed is known no longer', async () => {
    await putClass('acme', aClass())
    const directory = await load()
    await store.organization('acme').collection(deviceClassCollection).remove('logger')
    await directory.changeClass('acme', 'logger', nothing)
    expect(directory.deviceClass('acme', 'logger')).toBeUndefined()
  })
})
