import { beforeEach, describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../device.fixture.ts'
import type { Device, DeviceRecord } from '../device.ts'
import type { BrokerPrincipal, PublishDecision } from '../../platform/broker/port.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import { intakeUnderTest, type IntakeUnderTest, settled } from '../../telemetry/uplink-intake.fixture.ts'
import { gateOver } from './broker-gate.fixture.ts'
import type { RegistryGate } from './broker-gate.ts'

const password = 'correct-horse'
const credential = nodeSecrets.hashDevicePassword(password)
const lamps = aClass({
  key: 'lamp',
  telemetry: [{ topic: 'zigbee/{device}', decode: { shape: 'none' } }],
  topics: { lifecycle: 'zigbee/{device}/availability', command: 'zigbee/{device}/set' },
})
const bridges = aClass({
  key: 'bridge',
  telemetry: [{ topic: 'bridges/{device}/{what}', decode: { shape: 'none' } }],
  unknownTopics: 'ignore',
  clientIds: 'any',
})
const lamp = (changes: Partial<Device>, orgId = 'acme'): DeviceRecord =>
  aRecord(lamps, aDevice({ classKey: 'lamp', gateway: 'b1', credential, ...changes }), orgId)

const registry = { devices: new Map<string, DeviceRecord>(), revision: 0 }
let world: IntakeUnderTest
let gate: RegistryGate
let bridge: BrokerPrincipal

const put = (...records: DeviceRecord[]): void => {
  for (const record of records) registry.devices.set(record.device.id, record)
  registry.revision += 1
}

async function connect(username: string): Promise<BrokerPrincipal> {
  const decision = await gate.connect({
    clientId: 'c',
    username,
    password: Buffer.from(password),
    address: '127.0.0.1',
  })
  if (decision.kind === 'refused') throw new Error(decision.reason)
  return decision.principal
}

beforeEach(async () => {
  registry.devices.clear()
  put(
    aRecord(bridges, aDevice({ id: 'b1', classKey: 'bridge', credential })),
    lamp({ id: 'l1', address: 'Küche Lampe' }),
    lamp({ id: 'l2' }),
    lamp({ id: 'free', gateway: undefined }),
    lamp({ id: 'off', isEnabled: false }),
    lamp({ id: 'theirs' }, 'other'),
  )
  world = intakeUnderTest()
  gate = gateOver(registry, world)
  bridge = await connect('b1')
})

const publish = (topic: string, retain = false): PublishDecision['kind'] =>
  gate.publish(bridge, topic, 10, retain).kind

describe('a gateway', () => {
  test('publishes for its children, each under its own name', async () => {
    const payload = Buffer.from('{}')
    for (const topic of ['zigbee/Küche Lampe', 'zigbee/l2', 'bridges/b1/info', 'zigbee/Küche Lampe']) {
      expect([topic, publish(topic)]).toEqual([topic, 'uplink'])
      gate.uplink({ principal: bridge, topic, payload, qos: 1, retain: false }, () => undefined)
    }
    await world.endTurn()
    expect(world.appends.flatMap(({ entries }) => entries.map(({ route }) => route.key))).toEqual([
      'l1',
      'l2',
      'b1',
      'l1',
    ])
  })

  test('may leave a retained message where its child may', () => {
    expect(gate.publish(bridge, 'zigbee/l2/availability', 10, true)).toEqual({ kind: 'uplink', retain: true })
    expect(gate.publish(bridge, 'zigbee/l2', 10, true)).toEqual({ kind: 'uplink' })
  })

  test.each(['zigbee/free', 'zigbee/theirs', 'zigbee/off', 'zigbee/l2/set', '$SYS/x'])(
    'does not publish on %s',
    (topic) => {
      expect(publish(topic)).toBe('refused')
    },
  )

  test('hears the commands of its children in their exact words', () => {
    expect(gate.maySubscribe(bridge, 'zigbee/Küche Lampe/set')).toBe(true)
    expect(gate.mayReceive(bridge, 'zigbee/l2/set')).toBe(true)
    for (const topic of ['zigbee/free/set', 'zigbee/theirs/set', 'zigbee/l2', '#', 'zigbee/+/set'])
      expect([topic, gate.maySubscribe(bridge, topic), gate.mayReceive(bridge, topic)]).toEqual([
        topic,
        false,
        false,
      ])
  })

  test('loses a child from the next message on', () => {
    expect(publish('zigbee/l2')).toBe('uplink')
    put(lamp({ id: 'l2', gateway: 'b2' }))
    expect(publish('zigbee/l2')).toBe('refused')
  })
})

describe('a child that comes by its first message', () => {
  const come = async (admit: () => Promise<DeviceRecord | undefined>): Promise<unknown> => {
    gate = gateOver(registry, {
      ...world,
      newcomers: {
        expected: (_, topic) =>
          topic === 'zigbee/new' ? { address: 'new', classKeys: ['lamp'] } : undefined,
        admit,
        note: () => undefined,
      },
    })
    bridge = await connect('b1')
    expect(publish('zigbee/new')).toBe('uplink')
    const payload = Buffer.from('{}')
    const { promise, resolve } = Promise.withResolvers<unknown>()
    gate.uplink({ principal: bridge, topic: 'zigbee/new', payload, qos: 1, retain: false }, resolve)
    await settled()
    await world.endTurn()
    world.appends.at(-1)?.resolve()
    return promise
  }
  const keys = (): readonly string[] =>
    world.appends.flatMap(({ entries }) => entries.map(({ route }) => route.key))

  test('has that message kept, acknowledged when it is durable', async () => {
    const done = await come(async () => {
      put(lamp({ id: 'n1', address: 'new' }))
      return registry.devices.get('n1')
    })
    expect(done).toBeUndefined()
    expect(keys()).toEqual(['n1'])
    expect(publish('zigbee/new')).toBe('uplink')
  })

  test('and may not come has it acknowledged and counted, and is not asked about again', async () => {
    expect(await come(() => Promise.resolve(undefined))).toBeUndefined()
    expect([keys(), world.counts.messagesIgnored]).toEqual([[], 1])
    expect(publish('zigbee/new')).toBe('ignored')
  })

  test('has its connection ended unacknowledged when the store is away', async () => {
    expect(await come(() => Promise.reject(new Error('away')))).toMatchObject({ message: 'away' })
    expect(keys()).toEqual([])
  })
})

describe('a topic that is nobody’s', () => {
  test('is ignored where the class says so, and counted', () => {
    expect(publish('zigbee/bridge/logging')).toBe('ignored')
    expect(publish('zigbee/stranger')).toBe('ignored')
    expect(world.counts.messagesIgnored).toBe(2)
  })

  test('is refused where it does not', async () => {
    const plain = await connect('l2')
    expect(gate.publish(plain, 'zigbee/bridge/logging', 10, false).kind).toBe('refused')
  })
})

test('a device whose class says so may ask for more, and gets its commands and those of its children only', async () => {
  const open = aClass({
    key: 'open',
    telemetry: [{ topic: 'open/{device}', decode: { shape: 'none' } }],
    topics: { command: 'open/{device}/set' },
    subscriptions: 'any',
  })
  put(aRecord(open, aDevice({ id: 'o1', classKey: 'open', credential })), lamp({ id: 'l3', gateway: 'o1' }))
  const principal = await connect('o1')
  for (const filter of ['#', 'open/#', 'zigbee/+/set'])
    expect(gate.maySubscribe(principal, filter)).toBe(true)
  const topics = ['open/o1/set', 'zigbee/l3/set', 'zigbee/l2/set', 'zigbee/l3', 'open/o2/set', 'open/o1']
  expect(topics.filter((topic) => gate.mayReceive(principal, topic))).toEqual([
    'open/o1/set',
    'zigbee/l3/set',
  ])
})

test('only devices of a class that says so may call themselves anything', async () => {
  expect(bridge).toMatchObject({ acceptsAnyClientId: true })
  expect(await connect('l2')).toMatchObject({ acceptsAnyClientId: false })
})
