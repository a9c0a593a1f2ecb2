import { describe, expect, test } from 'vitest'
import { type Call } from '../../http/call-operation.fixture.ts'
import type { AnyOperation } from '../../platform/kit/endpoints/operation.ts'
import { operation as createDeviceClass } from './create-device-class.ts'
import { operation as createDevice } from './create-device.ts'
import { operation as deleteDeviceClass } from './delete-device-class.ts'
import { operation as deleteDevice } from './delete-device.ts'
import { operation as getDeviceClass } from './get-device-class.ts'
import { operation as getDevice } from './get-device.ts'
import { operation as getOverview } from '../../telemetry/operations/get-overview.ts'
import { operation as listDeviceClasses } from './list-device-classes.ts'
import { operation as listDevices } from './list-devices.ts'
import { operation as listPorts } from './list-ports.ts'
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

describe('operations of devices give what was asked for', () => {
  test.each<[string, AnyOperation, Call, number, unknown]>([
    [
      'a device',
      getDevice,
      { params: d1 },
      200,
      { id: 'd1', online: true, lastSeen: '2025-09-06T11:59:59.000Z' },
    ],
    [
      'its ports',
      listPorts,
      { params: d1 },
      200,
      {
        items: [
          { port: 1, scaling: 1 },
          { port: 2, scaling: 3 },
        ],
      },
    ],
    ['all of the organization', listDevices, {}, 200, { items: [{ id: 'd1' }, { id: 'd2' }] }],
    ['those of a class', listDevices, { query: { classKey: 'own' } }, 200, { items: [{ id: 'd2' }] }],
    ['those with a tag', listDevices, { query: { tag: 'hall-a' } }, 200, { items: [{ id: 'd1' }] }],
    ['a page', listDevices, { query: { limit: '1' } }, 200, { nextCursor: expect.any(String) }],
    ['classes', listDeviceClasses, {}, 200, { items: [{ key: 'logger' }, { key: 'own' }] }],
    ['nobody’s own classes', listDeviceClasses, { orgId: 'other' }, 200, { items: [{ key: 'logger' }] }],
    ['a class', getDeviceClass, { params: { key: 'own' } }, 200, { key: 'own', version: 1 }],
    [
      'the numbers',
      getOverview,
      {},
      200,
      { devices: { total: 2, online: 1 }, deadLettersOpen: 0, readingsStored: 7 },
    ],
  ])('%s', async (_name, operation, parts, status, body) => {
    expect(await call(operation, parts)).toMatchObject({ status, body })
  })
})

describe('what is somebody else’s, or nobody’s, is not found', () => {
  const change = { body: { name: 'Mine' } }
  test.each<[string, AnyOperation, Call]>([
    ['getDevice', getDevice, {}],
    ['listPorts', listPorts, {}],
    ['updateDevice', updateDevice, change],
    ['updatePort', updatePort, { params: { port: '1' }, body: { scaling: 2 } }],
    ['rotateCredential', rotateCredential, {}],
    ['deleteDevice', deleteDevice, {}],
  ])('%s', async (_name, operation, parts) => {
    const answers = ['x1', 'd9'].map((id) => call(operation, { ...parts, params: { id, ...parts.params } }))
    const [foreign, missing] = await Promise.all(answers)
    expect(foreign).toMatchObject({ status: 404 })
    expect(foreign).toEqual(missing)
    expect(fleet.directory.lookup('x1')?.device.name).toBe('Press 1')
    expect(fleet.disconnected).toEqual([])
  })

  test.each<[string, AnyOperation, Call]>([
    ['getDeviceClass', getDeviceClass, {}],
    ['updateDeviceClass', updateDeviceClass, { body: ownChange }],
    ['deleteDeviceClass', deleteDeviceClass, {}],
  ])('%s', async (_name, operation, parts) => {
    expect(await call(operation, { ...parts, params: { key: 'own' }, orgId: 'other' })).toMatchObject({
      status: 404,
    })
    expect(fleet.directory.deviceClass('acme', 'own')).toBeDefined()
  })
})

describe('what cannot be read is 400, what breaks a rule 422, what stands in the way 409', () => {
  const own2 = { ...ownBody, key: 'own2', ...at('own2/{org}/{device}/up') }
  const twice = [ownClass.ports[0], ownClass.ports[0]]
  test.each<[string, AnyOperation, Call, number, string?]>([
    ['a device without a name', createDevice, { body: { classKey: 'logger' } }, 400, 'body.name'],
    ['a field that there is not', createDevice, { body: { ...named, orgId: 'other' } }, 400, 'body'],
    ['a class that there is not', createDevice, { body: { ...named, classKey: 'x' } }, 422, 'body.classKey'],
    [
      'somebody else’s class',
      createDevice,
      { body: { ...named, classKey: 'own' }, orgId: 'other' },
      422,
      'body.classKey',
    ],
    [
      'a port named twice',
      createDevice,
      { body: { ...named, ports: [{ port: 1 }, { port: 1 }] } },
      422,
      'body.ports',
    ],
    ['a reserved id', createDevice, { body: { ...named, id: 'fleetloom' } }, 422, 'body.id'],
    ['an id that is taken', createDevice, { body: { ...named, id: 'd1' } }, 409, 'body.id'],
    ['an id that another organization has', createDevice, { body: { ...named, id: 'x1' } }, 409, 'body.id'],
    [
      'a serial number that is taken',
      createDevice,
      { body: { ...named, serialNumber: 's-1' } },
      409,
      'body.serialNumber',
    ],
    ['another device’s serial number', updateDevice, { params: d1, body: { serialNumber: 's-2' } }, 409],
    ['a field that is not the caller’s', updateDevice, { params: d1, body: { credential: {} } }, 400, 'body'],
    [
      'a port that is no number',
      updatePort,
      { params: { id: 'd1', port: 'x' }, body: {} },
      400,
      'params.port',
    ],
    ['a page of none', listDevices, { query: { limit: '0' } }, 400, 'query.limit'],
    ['a cursor of another list', listDevices, { query: { cursor: 'abc' } }, 400, 'query.cursor'],
    ['a class without a name', createDeviceClass, { body: { ...own2, name: undefined } }, 400, 'body.name'],
    ['a class with a port twice', createDeviceClass, { body: { ...own2, ports: twice } }, 422, 'body.ports'],
    [
      'an expression that is none',
      createDeviceClass,
      { body: { ...own2, ...at('own2/{device}', { shape: 'jsonata', expression: '((' }) } },
      422,
      'body.telemetry.0.decode.expression',
    ],
    ['a class that there is', createDeviceClass, { body: ownBody }, 409, 'body.key'],
    ['a shipped class’s key', createDeviceClass, { body: { ...own2, key: 'logger' } }, 409, 'body.key'],
    ['a change of a shipped class', updateDeviceClass, { params: { key: 'logger' }, body: ownChange }, 409],
    [
      'a class changed to a port twice',
      updateDeviceClass,
      { params: { key: 'own' }, body: { ...ownChange, ports: twice } },
      422,
      'body.ports',
    ],
    ['another key for a class', updateDeviceClass, { params: { key: 'own' }, body: ownBody }, 400, 'body'],
    ['the removal of a shipped class', deleteDeviceClass, { params: { key: 'logger' } }, 409],
    ['the removal of a class with devices', deleteDeviceClass, { params: { key: 'own' } }, 409],
  ])('%s', async (_name, operation, parts, status, field) => {
    const answer = await call(operation, parts)
    expect(answer).toMatchObject({ status, ...(field && { body: { errors: [{ path: field }] } }) })
    expect([...fleet.directory.all()].map(({ device }) => device.id).sort()).toEqual(['d1', 'd2', 'x1'])
    expect(fleet.directory.classes('acme').map(({ key, version }) => [key, version])).toEqual([
      ['logger', 1],
      ['own', 1],
    ])
  })
})
