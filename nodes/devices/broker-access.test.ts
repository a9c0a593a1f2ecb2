import { beforeEach, describe, expect, test } from 'vitest'
import { nodeSecrets } from '../platform/secrets.ts'
import { BrokerAccess, maySubscribe, publishChannel, topicsOf } from './broker-access.ts'
import { aClass, aDevice, aRecord } from './device.fixture.ts'
import { connectionTopic, type DeviceRecord } from './device.ts'

const password = 'correct-horse'
const credential = nodeSecrets.hashDevicePassword(password)
const account = { username: 'fleetloom', password: 'the platform' }
const devices = new Map<string, DeviceRecord>()
const access = new BrokerAccess({
  directory: {
    lookup: (id) => devices.get(id),
    byCertificate: () => undefined,
    childrenOf: (id) => [...devices.values()].filter(({ device }) => device.gateway === id),
  },
  secrets: nodeSecrets,
  account,
})

beforeEach(() => {
  devices.clear()
  devices.set('d1', aRecord(aClass(), aDevice({ credential })))
  devices.set('off', aRecord(aClass(), aDevice({ id: 'off', credential, isEnabled: false })))
})

describe('a broker that asks who may connect', () => {
  test.each([
    ['a device with its password', 'd1', password, 'd1', true],
    ['under a client id of its own making', 'd1', password, 'd1/display', true],
    ['under the client id of another', 'd1', password, 'd2', false],
    ['under that of another whose id begins alike', 'd1', password, 'd1-display', false],
    ['under that of another whose id begins alike, too', 'd1', password, 'd1:display', false],
    ['under one that only begins alike', 'd1', password, 'd10', false],
    ['under none', 'd1', password, '', false],
    ['with a wrong password', 'd1', 'wrong', 'd1', false],
    ['with the platform’s password', 'd1', account.password, 'd1', false],
    ['an unknown device', 'd2', password, 'd2', false],
    ['a disabled device', 'off', password, 'off', false],
    ['a name of a prototype', '__proto__', password, '__proto__', false],
    ['nobody', '', '', '', false],
    ['the platform, under any client id', 'fleetloom', account.password, 'ingest-1', true],
    ['the platform with a wrong password', 'fleetloom', 'wrong', 'ingest-1', false],
    ['the platform with a device’s password', 'fleetloom', password, 'ingest-1', false],
  ])('hears about %s', async (_, username, presented, clientId, isAllowed) => {
    expect(await access.mayConnect(username, presented, clientId)).toBe(isAllowed)
  })

  test('lets nobody in as the platform where the platform has no user there', async () => {
    const without = new BrokerAccess({
      directory: { lookup: () => undefined, byCertificate: () => undefined, childrenOf: () => [] },
      secrets: nodeSecrets,
    })
    expect(await without.mayConnect('fleetloom', account.password, 'x')).toBe(false)
    expect(without.mayUse('fleetloom', 'publish', 'x')).toBe(false)
  })
})

describe('a broker that asks what somebody may do', () => {
  const own = 'org/acme/device/d1'

  test.each([
    ['d1', 'publish', `${own}/telemetry`, true],
    ['d1', 'publish', `${own}/lifecycle`, true],
    ['d1', 'publish', `${own}/command`, false],
    ['d1', 'publish', connectionTopic, false],
    ['d1', 'publish', 'org/acme/device/d2/telemetry', false],
    ['d1', 'subscribe', `${own}/command`, true],
    ['d1', 'subscribe', `${own}/telemetry`, false],
    ['d1', 'subscribe', '#', false],
    ['d1', 'subscribe', 'org/acme/device/+/command', false],
    ['d1', 'subscribe', `$share/x/${own}/command`, false],
    ['d2', 'publish', 'org/acme/device/d2/telemetry', false],
    ['off', 'publish', 'org/acme/device/off/telemetry', false],
    ['fleetloom', 'subscribe', '$share/fleetloom-ingest/org/+/device/+/telemetry', true],
    ['fleetloom', 'publish', `${own}/command`, true],
  ] as const)('hears that %s to %s %s is: %s', (username, action, topic, isAllowed) => {
    expect(access.mayUse(username, action, topic)).toBe(isAllowed)
  })
})

test('what is written down for a device is just what it may do when asked', () => {
  const record = aRecord()
  const { publish, subscribe } = topicsOf(record)
  expect(publish).toHaveLength(4)
  expect(publish.filter((topic) => publishChannel(record, topic) === undefined)).toEqual([])
  expect(subscribe.filter((filter) => !maySubscribe(record, filter))).toEqual([])
  expect(topicsOf(aRecord(aClass({ topics: { telemetry: 'x/{device}' } })))).toEqual({
    publish: ['x/d1'],
    subscribe: [],
  })
})

test('a device with the name of the platform’s user is nobody, with whatever password', async () => {
  devices.set('fleetloom', aRecord(aClass(), aDevice({ id: 'fleetloom', credential })))
  expect((await access.admit('fleetloom', password)).kind).toBe('refused')
  expect(await access.mayConnect('fleetloom', password, 'fleetloom')).toBe(false)
  expect(['fleetloom', 'fleetloom-host-ips', 'd1'].map((id) => access.isReserved(id))).toEqual([
    true,
    true,
    false,
  ])
})

describe('a gateway', () => {
  const child = (changes: Parameters<typeof aDevice>[0], orgId = 'acme'): DeviceRecord =>
    aRecord(aClass(), aDevice({ id: 'child', gateway: 'd1', credential, ...changes }), orgId)

  test('publishes and hears what its children may', () => {
    devices.set('child', child({ address: 'kitchen lamp' }))
    expect(access.mayUse('d1', 'publish', 'org/acme/device/kitchen lamp/telemetry')).toBe(true)
    expect(access.mayUse('d1', 'subscribe', 'org/acme/device/kitchen lamp/command')).toBe(true)
    expect(access.mayUse('d1', 'publish', 'org/acme/device/kitchen lamp/command')).toBe(false)
    expect(access.mayUse('child', 'publish', 'org/acme/device/d1/telemetry')).toBe(false)
  })

  test.each([
    ['of another organization', child({}, 'other')],
    ['that is disabled', child({ isEnabled: false })],
    ['of another gateway', child({ gateway: 'd2' })],
  ])('has no child %s', (_, record) => {
    devices.set('child', record)
    const topic = `org/${record.orgId}/device/child/telemetry`
    expect(access.mayUse('d1', 'publish', topic)).toBe(false)
  })
})
