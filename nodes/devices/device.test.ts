import { describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from './device.fixture.ts'
import { connectionTopic, deviceSchema } from './device.ts'
import { effectivePorts, portsByNumber } from './device-ports.ts'
import { unseenDevice } from './state.ts'
import { deviceView, viewDevice, viewState } from './views.ts'

test.each(['Küche Lampe', 'AA:BB:CC', 'é', 'x'.repeat(128)])('%j is an address', (address) => {
  expect(aDevice({ address }).address).toBe(address)
})

test.each(['', 'a/b', '+', 'a#', '$SYS', '{a}', 'a\nb', '\0', 'x'.repeat(129)])(
  '%j is no address',
  (address) => {
    expect(() => aDevice({ address })).toThrow(/address/)
  },
)

describe('the ports of a device', () => {
  const own = aDevice({
    ports: [
      { port: 2, scaling: 3 },
      { port: 7, name: 'Extra' },
    ],
  })

  test("are its class's with its own settings over them, by number", () => {
    expect(effectivePorts(own, aClass())).toEqual([
      { port: 1, name: 'Voltage', unit: 'V', scaling: 1, offset: 0 },
      { port: 2, name: 'Current', unit: 'A', min: 0, max: 100, scaling: 3, offset: 1 },
      { port: 7, name: 'Extra', unit: '', scaling: 1, offset: 0 },
    ])
  })

  test('are exactly its own where the class says so and it has any', () => {
    const flexible = aClass({ portsFrom: 'device' })
    expect(effectivePorts(own, flexible).map(({ port }) => port)).toEqual([2, 7])
    expect(effectivePorts(aDevice(), flexible).map(({ port }) => port)).toEqual([1, 2])
  })

  test('are there once for all devices of a class with the same settings', () => {
    const deviceClass = aClass()
    const ports = portsByNumber(own, deviceClass)
    expect(portsByNumber({ ports: structuredClone(own.ports) }, deviceClass)).toBe(ports)
    expect(portsByNumber(aDevice(), deviceClass)[2]).toMatchObject({ scaling: 2 })
    expect(portsByNumber(own, aClass({ portsFrom: 'device' }))[1]).toBeUndefined()
  })

  test('are right however many settings there are', () => {
    const deviceClass = aClass()
    for (let scaling = 1; scaling <= 600; scaling++) {
      const [, , port] = portsByNumber({ ports: [{ port: 2, scaling }] }, deviceClass)
      expect(port?.scaling).toBe(scaling)
    }
  })
})

describe('the record of a device', () => {
  const record = aRecord()

  test('may be published on by topic, commands left out', () => {
    const channels = Array.from(record.topics, ([topic, { channel }]) => [topic, channel])
    expect(Object.fromEntries(channels)).toEqual({
      [connectionTopic]: 'lifecycle',
      'org/acme/device/d1/telemetry': 'telemetry',
      'org/acme/device/d1/lifecycle': 'lifecycle',
      'org/acme/device/d1/events': 'events',
      'org/acme/device/d1/cmdres': 'cmdres',
    })
    expect(record.commandTopics).toEqual(['org/acme/device/d1/command'])
  })

  test('gives each topic its route', () => {
    expect(record.topics.get('org/acme/device/d1/events')?.route).toEqual({
      orgId: 'acme',
      key: 'd1',
      type: 'org/acme/device/d1/events',
    })
  })

  test('has its ports at their numbers', () => {
    expect(record.ports[0]).toBeUndefined()
    expect(record.ports[2]?.name).toBe('Current')
  })

  test('a class without a command topic has none', () => {
    expect(aRecord(aClass({ topics: { telemetry: '{device}/t' } })).commandTopics).toEqual([])
  })
})

describe('a device as it is registered', () => {
  test.each([
    ['an id with a separator', { id: 'a/b' }],
    ['an id with a wildcard', { id: 'a+' }],
    ['an id that is empty', { id: '' }],
    ['an id of 65 characters', { id: 'x'.repeat(65) }],
    ['a latitude beyond the pole', { location: { latitude: 91, longitude: 0 } }],
    ['a property that does not exist', { orgId: 'other' }],
  ])('with %s is refused', (_, changes) => {
    expect(deviceSchema.safeParse({ ...aDevice(), ...changes }).success).toBe(false)
  })
})

describe('what the API shows', () => {
  const record = aRecord(aClass(), aDevice({ tags: ['hall'], serialNumber: 'S-1' }))

  test('of a device has its ports and state, and nothing of its credential', () => {
    const view = viewDevice(record, { ...unseenDevice('acme', 'd1'), online: true, lastSeenAt: 1000 })
    expect(deviceView.parse(view)).toEqual(view)
    expect(view).toMatchObject({
      id: 'd1',
      orgId: 'acme',
      online: true,
      lastSeen: '1970-01-01T00:00:01.000Z',
    })
    expect(JSON.stringify(view)).not.toMatch(/credential|the-salt|the-hash/)
  })

  test('of a state has no internals', () => {
    expect(viewState({ ...unseenDevice('acme', 'd1'), reported: { fan: 3 } })).toEqual({
      deviceId: 'd1',
      online: false,
      isSilent: false,
      lastSeen: null,
      reported: { fan: 3 },
      desired: {},
    })
  })
})
