import { beforeEach, describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../device.fixture.ts'
import type { Device, DeviceRecord } from '../device.ts'
import type { BrokerPrincipal } from '../../platform/broker/port.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import { intakeUnderTest, type IntakeUnderTest, settled } from '../../telemetry/uplink-intake.fixture.ts'
import { gateOver } from './broker-gate.fixture.ts'
import type { RefusedUplink, RegistryGate } from './broker-gate.ts'

const password = 'correct-horse'
const credential = nodeSecrets.hashDevicePassword(password)
const recordOf = (changes: Partial<Device> = {}): DeviceRecord =>
  aRecord(aClass(), aDevice({ credential, ...changes }))
const telemetry = 'org/acme/device/d1/telemetry'
const command = 'org/acme/device/d1/command'

/** The registry: devices by id, with a revision that grows with every change. */
const registry = { devices: new Map<string, DeviceRecord>(), revision: 0 }
let world: IntakeUnderTest
let kept: RefusedUplink[]
let gate: RegistryGate

const change = (record: DeviceRecord | undefined, id = 'd1'): void => {
  if (record === undefined) registry.devices.delete(id)
  else registry.devices.set(id, record)
  registry.revision += 1
}

beforeEach(() => {
  registry.devices.clear()
  change(recordOf())
  world = intakeUnderTest()
  kept = []
  gate = gateOver(registry, { ...world, kept })
})

const connect = (
  username: string | undefined,
  secret: string | undefined,
): ReturnType<RegistryGate['connect']> =>
  gate.connect({
    clientId: 'c',
    username,
    password: secret === undefined ? undefined : Buffer.from(secret),
    address: '127.0.0.1',
  })

async function connected(): Promise<BrokerPrincipal> {
  const decision = await connect('d1', password)
  if (decision.kind === 'refused') throw new Error(decision.reason)
  gate.connected(decision.principal)
  return decision.principal
}

const mayPublish = (principal: BrokerPrincipal, topic: string): boolean =>
  gate.publish(principal, topic, 10, false).kind === 'uplink'

/** What went into the stream, once the turn is over: topic and text. */
async function uplinks(): Promise<(readonly [string, string])[]> {
  await world.endTurn()
  return world.appends.flatMap(({ entries }) =>
    entries.map(({ route, data }) => [route.type, Buffer.from(data).toString()] as const),
  )
}

describe('connecting', () => {
  test('takes the id of a registered device and its password', async () => {
    expect(await connect('d1', password)).toMatchObject({
      kind: 'accepted',
      principal: { kind: 'device', orgId: 'acme', deviceId: 'd1', classKey: 'logger' },
    })
  })

  test.each([
    ['an unknown device', 'd2', password, 4],
    ['nobody', undefined, password, 4],
    ['no password', 'd1', undefined, 4],
    ['a wrong password', 'd1', 'wrong-horse', 4],
    ['a password that is a little longer', 'd1', `${password}x`, 4],
    ['a name of a prototype', '__proto__', password, 4],
  ])('with %s is refused', async (_, username, secret, code) => {
    expect(await connect(username, secret)).toMatchObject({ kind: 'refused', code })
  })

  test('a disabled device is told so only when it has proved itself', async () => {
    change(recordOf({ isEnabled: false }))
    expect(await connect('d1', password)).toMatchObject({ kind: 'refused', code: 5 })
    expect(await connect('d1', 'wrong')).toMatchObject({ kind: 'refused', code: 4 })
  })
})

describe('a connected device', () => {
  test('publishes on the topics of its class with its own id', async () => {
    const device = await connected()
    for (const topic of ['telemetry', 'lifecycle', 'events', 'cmdres']) {
      expect([topic, mayPublish(device, `org/acme/device/d1/${topic}`)]).toEqual([topic, true])
    }
    expect(mayPublish(device, telemetry)).toBe(true)
    expect(mayPublish(device, telemetry)).toBe(true)
  })

  test.each([
    'org/acme/device/d2/telemetry',
    'org/other/device/d1/telemetry',
    command,
    '$connection',
    '$SYS/broker',
    `${telemetry}/more`,
    '',
  ])('does not publish on %j', async (topic) => {
    const device = await connected()
    expect(mayPublish(device, topic)).toBe(false)
    expect(mayPublish(device, telemetry)).toBe(true)
    expect(mayPublish(device, topic)).toBe(false)
  })

  test('may leave a retained message only on its lifecycle topic', async () => {
    const device = await connected()
    expect(gate.publish(device, 'org/acme/device/d1/lifecycle', 10, true)).toEqual({
      kind: 'uplink',
      retain: true,
    })
    expect(gate.publish(device, 'org/acme/device/d1/lifecycle', 10, false)).toEqual({ kind: 'uplink' })
    expect(gate.publish(device, telemetry, 10, true)).toEqual({ kind: 'uplink' })
  })

  test('subscribes to its own commands and to nothing else', async () => {
    const device = await connected()
    expect(gate.maySubscribe(device, command)).toBe(true)
    expect(gate.mayReceive(device, command)).toBe(true)
    for (const pattern of [
      '#',
      '+/+',
      'org/acme/device/+/command',
      '$SYS/#',
      `$share/x/${command}`,
      telemetry,
    ]) {
      expect([pattern, gate.maySubscribe(device, pattern)]).toEqual([pattern, false])
    }
    expect(gate.mayReceive(device, 'org/acme/device/d2/command')).toBe(false)
  })

  test('is bound to what the registry says now, not when it connected', async () => {
    const device = await connected()
    expect(mayPublish(device, telemetry)).toBe(true)
    change(recordOf({ isEnabled: false }))
    expect([mayPublish(device, telemetry), gate.maySubscribe(device, command)]).toEqual([false, false])
    change(aRecord(aClass({ topics: { telemetry: 'x/{device}' } }), aDevice({ credential })))
    expect([mayPublish(device, telemetry), mayPublish(device, 'x/d1')]).toEqual([false, true])
    change(undefined)
    expect(mayPublish(device, 'x/d1')).toBe(false)
  })
})

describe('somebody who is no device', () => {
  test('publishes, subscribes and receives nothing by these rules', () => {
    const service: BrokerPrincipal = { kind: 'service', name: 'bridge' }
    const forged: BrokerPrincipal = { kind: 'device', orgId: 'acme', deviceId: 'd1', classKey: 'logger' }
    for (const principal of [service, forged]) {
      expect(mayPublish(principal, telemetry)).toBe(false)
      expect(gate.maySubscribe(principal, command)).toBe(false)
      expect(gate.mayReceive(principal, command)).toBe(false)
    }
  })
})

describe('what a device publishes', () => {
  const publish = (
    principal: BrokerPrincipal,
    topic: string,
    text: string,
    done: (error?: Error) => void,
  ): void => gate.uplink({ principal, topic, payload: Buffer.from(text), qos: 1, retain: false }, done)

  test('goes into the stream under its topic, and is acknowledged after that', async () => {
    const device = await connected()
    let acknowledged = 0
    for (const topic of [telemetry, 'org/acme/device/d1/events']) {
      gate.publish(device, topic, 2, false)
      publish(device, topic, '{}', () => (acknowledged += 1))
    }
    expect(await uplinks()).toEqual([
      ['$connection', '{"status":"online"}'],
      [telemetry, '{}'],
      ['org/acme/device/d1/events', '{}'],
    ])
    expect(acknowledged).toBe(0)
    world.appends[0]?.resolve()
    await settled()
    expect(acknowledged).toBe(2)
  })

  test('is refused when the device was removed meanwhile', async () => {
    const device = await connected()
    gate.publish(device, telemetry, 2, false)
    change(undefined)
    const outcome: unknown[] = []
    publish(device, telemetry, '{}', (error) => outcome.push(error?.message))
    expect(outcome).toEqual(['the device was removed'])
  })

  test('on a foreign topic is counted and kept, and told by nobody else', async () => {
    const device = await connected()
    const payload = Buffer.from('{"x":1}')
    gate.refused({
      action: 'publish',
      detail: 'not a topic of this device',
      who: 'd1',
      publish: { principal: device, topic: 'elsewhere', payload, qos: 1, retain: false },
    })
    await settled()
    expect(kept).toMatchObject([
      {
        orgId: 'acme',
        deviceId: 'd1',
        reason: 'foreign-topic',
        topic: 'elsewhere',
        receivedAt: 1000,
        offset: '',
      },
    ])
    expect(Buffer.from(kept[0]?.payload ?? []).toString()).toBe('{"x":1}')
    expect(world.counts).toMatchObject({ publishesRefused: 1, deadLetters: 1 })
  })
})

describe('coming and going', () => {
  test('is noted in the stream with the first connection and after the last', async () => {
    const first = await connected()
    const second = await connected()
    gate.disconnected(first)
    expect(gate.isConnected('d1')).toBe(true)
    gate.disconnected(second)
    expect(gate.isConnected('d1')).toBe(false)
    expect(await uplinks()).toEqual([
      ['$connection', '{"status":"online"}'],
      ['$connection', '{"status":"offline"}'],
    ])
  })

  test('of a device that is not registered any more is noted nowhere', async () => {
    const device = await connected()
    await uplinks()
    change(undefined)
    gate.disconnected(device)
    world.appends[0]?.resolve()
    await settled()
    expect(await uplinks()).toEqual([['$connection', '{"status":"online"}']])
    expect(gate.isConnected('d1')).toBe(false)
  })
})

describe('a broker that does not say who published', () => {
  const foreign = 'org/other/device/d1/telemetry'
  const unknown = 'org/acme/device/ghost/telemetry'
  const publishOn = (topic: string): { readonly decision: string; readonly principal?: BrokerPrincipal } => {
    const principal = gate.publisherOf(topic)
    return principal === undefined
      ? { decision: 'nobody' }
      : { decision: gate.publish(principal, topic, 2, false).kind, principal }
  }

  test('is told by the topic', () => {
    expect(publishOn(telemetry)).toMatchObject({
      decision: 'uplink',
      principal: { kind: 'device', orgId: 'acme', deviceId: 'd1', classKey: 'logger' },
    })
    expect(publishOn('org/acme/device/d1/events').decision).toBe('uplink')
    expect(publishOn(unknown).decision).toBe('nobody')
    expect(publishOn(foreign)).toMatchObject({ decision: 'refused', principal: { deviceId: 'd1' } })
    expect(publishOn(command).decision).toBe('nobody')
    expect(publishOn('elsewhere').decision).toBe('nobody')
  })

  test('is nobody where the topic may be that of two devices', () => {
    const topics = { telemetry: 'org/acme/device/d1/{device}' }
    change(
      aRecord(aClass({ key: 'own', topics }), aDevice({ id: 'telemetry', classKey: 'own' }), 'evil'),
      'telemetry',
    )
    expect(publishOn(telemetry).decision).toBe('nobody')
    expect(publishOn('org/acme/device/d1/events')).toMatchObject({
      decision: 'uplink',
      principal: { deviceId: 'd1' },
    })
    change(undefined, 'telemetry')
    expect(publishOn(telemetry).decision).toBe('uplink')
  })

  test('is told what the registry says now', () => {
    expect(publishOn(telemetry).decision).toBe('uplink')
    change(recordOf({ isEnabled: false }))
    expect(publishOn(telemetry).decision).toBe('refused')
    change(undefined)
    expect(publishOn(telemetry).decision).toBe('nobody')
    change(recordOf({ id: 'ghost' }), 'ghost')
    expect(publishOn(unknown).decision).toBe('uplink')
  })

  test('has what is refused kept before it is acknowledged, for the organization that the topic names', async () => {
    const outcome: unknown[] = []
    const refuse = (topic: string): void =>
      gate.refused(
        {
          action: 'publish',
          detail: topic,
          who: 'unknown',
          publish: {
            principal: gate.publisherOf(topic),
            topic,
            payload: Buffer.from('{}'),
            qos: 1,
            retain: false,
          },
        },
        (error) => outcome.push([topic, error, kept.length]),
      )
    for (const topic of [foreign, unknown, 'org/nobody/device/ghost/telemetry']) {
      refuse(topic)
      await settled()
    }
    expect(kept).toMatchObject([
      { orgId: 'acme', deviceId: 'd1', topic: foreign, reason: 'foreign-topic' },
      { orgId: 'acme', deviceId: 'ghost', topic: unknown, reason: 'unknown-device' },
    ])
    expect(outcome).toEqual([
      [foreign, undefined, 1],
      [unknown, undefined, 2],
      ['org/nobody/device/ghost/telemetry', undefined, 2],
    ])
  })
})
