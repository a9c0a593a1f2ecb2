import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deviceClassCollection, deviceCollection, newDeviceDocument } from '../collections.ts'
import { aClass, aDevice } from '../device.fixture.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import { credentialView } from '../views.ts'
import { operation as createDeviceClass } from './create-device-class.ts'
import { operation as createDevice } from './create-device.ts'
import { operation as deleteDeviceClass } from './delete-device-class.ts'
import { operation as deleteDevice } from './delete-device.ts'
import { operation as getDevice } from './get-device.ts'
import { operation as rotateCredential } from './rotate-credential.ts'
import { operation as updateDeviceClass } from './update-device-class.ts'
import { operation as updateDevice } from './update-device.ts'
import { operation as updatePort } from './update-port.ts'
import { ownClass, useFleet } from './fleet.fixture.ts'

const { version: _, ...ownBody } = ownClass
const { key: __, ...ownChange } = ownBody

const fleet = useFleet()

const { call } = fleet
const d1 = { id: 'd1' }
const named = { name: 'Press', classKey: 'logger' }

/** All the topics that a class has. */
const at = (topic: string, decode: object = { shape: 'readings' }): object => ({
  topics: {},
  telemetry: [{ topic, decode }],
})

describe('devices and classes that change', () => {
  test('a device is registered with a password that only its answer knows', async () => {
    const answer = await call(createDevice, { body: { ...named, id: 'd3' } })
    expect(answer).toMatchObject({ status: 201, headers: { location: '/api/v1/devices/d3' } })
    expect(answer.body).toMatchObject({ device: { id: 'd3', online: false }, credential: { username: 'd3' } })
    const { credential } = z.object({ credential: credentialView }).parse(answer.body)
    expect(JSON.stringify(fleet.directory.lookup('d3'))).not.toContain(credential.password)
  })

  test('a password is as the class says, or the device’s own where it is strong enough', async () => {
    const rule = { length: 15, alphabet: 'alphanumeric' }
    const body = { ...ownBody, key: 'short', ...at('short/{device}'), password: rule }
    expect((await call(createDeviceClass, { body })).status).toBe(201)
    const passwordOf = (answer: { readonly body: unknown }): string =>
      z.object({ credential: credentialView }).parse(answer.body).credential.password
    const made = await call(createDevice, { body: { ...named, classKey: 'short', id: 's1' } })
    expect(passwordOf(made)).toMatch(/^[A-Za-z0-9]{15}$/)
    const own = { ...named, classKey: 'short', id: 's2', password: 'k7Qw2xZt9RmB' }
    const brought = await call(createDevice, { body: own })
    expect(passwordOf(brought)).toBe('k7Qw2xZt9RmB')
    const record = fleet.directory.lookup('s2')
    expect(JSON.stringify(record)).not.toContain('k7Qw2xZt9RmB')
    expect(
      await nodeSecrets.isDevicePassword('k7Qw2xZt9RmB', record?.device.credential ?? { salt: '', hash: '' }),
    ).toBe(true)
    for (const password of ['short', 'k7Qw2xZt9RmBk7Qw2', 'k7Qw2xZt9-mB', 'password1234'])
      expect(await call(rotateCredential, { params: { id: 's2' }, body: { password } })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'body.password' }] },
      })
    const rotated = await call(rotateCredential, { params: { id: 's2' }, body: { password: 'n3Vb8yLk5TpC' } })
    expect(passwordOf(rotated)).toBe('n3Vb8yLk5TpC')
    expect(fleet.disconnected).toEqual(['s2'])
  })

  test('an id whose removal is not through is nobody’s yet', async () => {
    await fleet.store
      .organization('other')
      .collection(deviceCollection)
      .insert({ ...newDeviceDocument(aDevice({ id: 'd3' })), removedAt: '2025-09-06T11:00:00.000Z' })
    const answer = await call(createDevice, { body: { ...named, id: 'd3' } })
    expect(answer).toMatchObject({ status: 409, headers: { 'retry-after': '1' } })
  })

  test('a change names what it changes and leaves the rest', async () => {
    const answer = await call(updateDevice, { params: d1, body: { name: 'Press 7' } })
    expect(answer).toMatchObject({
      status: 200,
      body: { name: 'Press 7', serialNumber: 's-1', tags: ['hall-a'] },
    })
    expect(fleet.disconnected).toEqual([])
  })

  test('an address stands in the topics, is nobody else’s, and a change of it ends the connection', async () => {
    const lamp = { ...named, classKey: 'own', id: 'lamp', address: 'Küche Lampe' }
    expect((await call(createDevice, { body: lamp })).status).toBe(201)
    const upOf = (id: string): string | undefined => fleet.directory.lookup(id)?.telemetryTopic
    expect(upOf('lamp')).toBe('own/acme/Küche Lampe/up')
    expect(await call(createDevice, { body: { ...lamp, id: 'lamp-2' } })).toMatchObject({
      status: 409,
      body: { errors: [{ path: 'body.address' }] },
    })
    expect(await call(updateDevice, { params: { id: 'lamp' }, body: { address: 'd2' } })).toMatchObject({
      status: 409,
      body: { errors: [{ path: 'body.address' }] },
    })
    expect(fleet.disconnected).toEqual([])
    const moved = await call(updateDevice, { params: { id: 'lamp' }, body: { address: 'Flur' } })
    expect(moved).toMatchObject({ status: 200, body: { address: 'Flur' } })
    expect([upOf('lamp'), fleet.disconnected]).toEqual(['own/acme/Flur/up', ['lamp']])
    const found = (address: string): string[] =>
      fleet.directory.byAddress(address).map(({ device }) => device.id)
    expect([found('Flur'), found('Küche Lampe'), found('lamp'), found('d2')]).toEqual([
      ['lamp'],
      [],
      [],
      ['d2'],
    ])
  })

  test('a gateway is another device of the organization, which knows its children', async () => {
    const child = { ...named, id: 'child', gateway: 'd2' }
    expect((await call(createDevice, { body: child })).status).toBe(201)
    const childrenOf = (id: string): string[] => fleet.directory.childrenOf(id).map(({ device }) => device.id)
    expect([childrenOf('d2'), childrenOf('d1')]).toEqual([['child'], []])
    for (const gateway of ['x1', 'nobody', 'child'])
      expect(await call(updateDevice, { params: { id: 'child' }, body: { gateway } })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'body.gateway' }] },
      })
    expect(await call(createDevice, { body: { ...child, id: 'c2', gateway: 'x1' } })).toMatchObject({
      status: 422,
    })
    await call(updateDevice, { params: { id: 'child' }, body: { gateway: 'd1' } })
    expect([childrenOf('d2'), childrenOf('d1')]).toEqual([[], ['child']])
    await call(deleteDevice, { params: { id: 'child' } })
    expect(childrenOf('d1')).toEqual([])
  })

  test('a device that is disabled loses its connection', async () => {
    await call(updateDevice, { params: d1, body: { isEnabled: false } })
    expect(fleet.directory.lookup('d1')?.device.isEnabled).toBe(false)
    expect(fleet.disconnected).toEqual(['d1'])
  })

  test('a port is calibrated, or added, and keeps what it was told before', async () => {
    const port = { id: 'd1', port: '2' }
    expect(await call(updatePort, { params: port, body: { offset: 4 } })).toMatchObject({
      status: 200,
      body: { port: 2, scaling: 3, offset: 4, name: 'Current' },
    })
    expect(await call(updatePort, { params: { id: 'd1', port: '9' }, body: { name: 'New' } })).toMatchObject({
      body: { port: 9, name: 'New', scaling: 1 },
    })
  })

  test('a new password ends the old one and its connection', async () => {
    const before = fleet.directory.lookup('d1')?.device.credential.hash
    const answer = await call(rotateCredential, { params: d1 })
    expect(answer).toMatchObject({ status: 201, body: { credential: { username: 'd1' } } })
    expect(fleet.directory.lookup('d1')?.device.credential.hash).not.toBe(before)
    expect(fleet.disconnected).toEqual(['d1'])
  })

  test('a removed device is gone', async () => {
    expect((await call(deleteDevice, { params: d1 })).status).toBe(204)
    expect((await call(getDevice, { params: d1 })).status).toBe(404)
    expect((await call(deleteDevice, { params: d1 })).status).toBe(404)
  })

  test('a class is added, and removed once no device has it', async () => {
    const body = { ...ownBody, key: 'own2', ...at('own2/{org}/{device}/up') }
    expect(await call(createDeviceClass, { body })).toMatchObject({
      status: 201,
      body: { key: 'own2', version: 1 },
      headers: { location: '/api/v1/device-classes/own2' },
    })
    expect((await call(deleteDeviceClass, { params: { key: 'own2' } })).status).toBe(204)
    expect(fleet.directory.deviceClass('acme', 'own2')).toBeUndefined()
  })

  test('a changed class is of the next version, and counts for its devices at once', async () => {
    const body = { ...ownChange, ports: [{ port: 1, name: 'Voltage', unit: 'V', scaling: 5 }] }
    const answer = await call(updateDeviceClass, { params: { key: 'own' }, body })
    expect(answer).toMatchObject({ status: 200, body: { key: 'own', version: 2 } })
    expect(fleet.directory.lookup('d2')?.ports[1]).toMatchObject({ scaling: 5 })
  })

  test('a class does not take a topic that another device has', async () => {
    const third = aClass({ key: 'third', topics: { telemetry: 'third/d2/{device}' } })
    await fleet.directory.changeClass('other', 'third', () =>
      fleet.store
        .organization('other')
        .collection(deviceClassCollection)
        .insert({ ...third, id: 'third' }),
    )
    const devices = fleet.store.organization('other').collection(deviceCollection)
    await fleet.directory.changeDevice('other', 'x2', () =>
      devices.insert(newDeviceDocument(aDevice({ id: 'x2', classKey: 'third' }))),
    )
    const body = { ...ownChange, ...at('third/{device}/x2') }
    expect(await call(updateDeviceClass, { params: { key: 'own' }, body })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.topics', message: 'third/d2/x2 is a topic of another device' }] },
    })
    expect(fleet.directory.deviceClass('acme', 'own')?.version).toBe(1)
  })
})
