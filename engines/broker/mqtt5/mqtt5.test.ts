import { type EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect as connectSocket } from 'node:net'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { generate } from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FixtureGate } from '../../../nodes/platform/broker/gate.fixture.ts'
import { openTestBroker } from '../aedes.fixture.ts'
import type { AedesBroker } from '../aedes.ts'
import { protocolLevel } from './translate.ts'

const own = 'org/acme/device/pod'
const login: IClientOptions = {
  protocolVersion: 5,
  username: 'acme/pod',
  password: 'secret',
  clientId: 'pod',
  reconnectPeriod: 0,
}

/** What the event brings, the first time; the types of mqtt.js know its own emitter only. */
// oxlint-disable-next-line no-explicit-any -- as `once` has it
async function first(client: MqttClient, event: string): Promise<any[]> {
  // oxlint-disable-next-line no-unsafe-type-assertion -- mqtt.js has an emitter of its own type
  return once(client as unknown as EventEmitter, event)
}

describe.each(['mqtt', 'ws'])('clients of MQTT 5 over %s', { timeout: 30_000 }, (transport) => {
  let gate: FixtureGate
  let broker: AedesBroker
  let server: Server
  let url: string
  const clients: MqttClient[] = []

  beforeEach(async () => {
    gate = new FixtureGate()
    broker = await openTestBroker(gate)
    server = createServer()
    server.on('upgrade', (request, socket, head) => broker.handleUpgrade(request, socket, head))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    url = transport === 'ws' ? `ws://127.0.0.1:${port}/mqtt` : `mqtt://127.0.0.1:${broker.port}`
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end(true)
    await broker.close()
    server.close()
    server.closeAllConnections()
  })

  async function connect(options: IClientOptions = {}): Promise<MqttClient> {
    const client = await mqtt.connectAsync(url, { ...login, ...options })
    clients.push(client)
    return client
  }

  it('publish with QoS 0, 1 and 2, properties and all, and are acknowledged', async () => {
    const client = await connect()
    const properties = { userProperties: { a: 'b' }, contentType: 'text/plain', messageExpiryInterval: 60 }
    for (const qos of [0, 1, 2] as const)
      await client.publishAsync(`${own}/telemetry`, `${qos}`, { qos, properties })
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => client.publishAsync(`${own}/telemetry`, `${i}`, { qos: 1 })),
    )
    await client.publishAsync(`${own}/telemetry`, 'x'.repeat(60_000), { qos: 1 })
    await vi.waitFor(() => expect(gate.uplinks).toHaveLength(304))
    await client.endAsync()
    await vi.waitFor(() => expect(gate.presence).toEqual(['pod connected', 'pod disconnected']))
  })

  it('subscribe, receive and unsubscribe; what they may not hear is refused with a reason', async () => {
    const client = await connect()
    const granted = await client.subscribeAsync({ [`${own}/command`]: { qos: 1, nl: true, rap: true } })
    expect(granted).toMatchObject([{ topic: `${own}/command`, qos: 1 }])
    const heard = first(client, 'message')
    await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
    expect(String((await heard)[1])).toBe('on')
    await expect(client.subscribeAsync('org/acme/device/other/command')).rejects.toThrow('Not authorized')
    await client.unsubscribeAsync([`${own}/command`, `${own}/never`])
    expect(client.connected).toBe(true)
  })

  it('are told what is offered, and get a client id where they have none', async () => {
    const client = mqtt.connect(url, { ...login, username: 'acme/any-pod', clientId: '', clean: true })
    clients.push(client)
    const [connack] = await first(client, 'connect')
    expect(connack).toMatchObject({
      reasonCode: 0,
      sessionPresent: false,
      properties: { subscriptionIdentifiersAvailable: false, sharedSubscriptionAvailable: false },
    })
    expect(connack.properties.assignedClientIdentifier).toMatch(/^acme\/any-pod\/.{36}$/)
  })

  it.each<[string, IClientOptions, number]>([
    ['a wrong password', { password: 'wrong' }, 0x86],
    ['the client id of another', { clientId: 'other' }, 0x85],
    ['an authentication method', { properties: { authenticationMethod: 'SCRAM' } }, 0x8c],
  ])('are refused with a reason for %s', async (_, options, code) => {
    await expect(connect(options)).rejects.toMatchObject({ code })
  })

  it('are told why when a publish is refused, and a topic alias is none', async () => {
    for (const [topic, properties, reasonCode] of [
      ['org/acme/device/other/telemetry', {}, 0x87],
      [`${own}/telemetry`, { subscriptionIdentifier: 1 }, 0x82],
    ] as const) {
      const client = await connect()
      const told = first(client, 'disconnect')
      client.publish(topic, 'x', { qos: 1, properties }, () => undefined)
      expect((await told)[0]).toMatchObject({ reasonCode })
    }
    expect(gate.uplinks).toEqual([])
  })

  it('leave a last will when they break or ask for it, and none when they go', async () => {
    const will = { topic: `${own}/lifecycle`, payload: Buffer.from('gone'), qos: 1, retain: false } as const
    const wills = (): number => gate.uplinks.filter(({ topic }) => topic === will.topic).length
    const broken = await connect({ will: { ...will, properties: { willDelayInterval: 0 } } })
    broken.stream.destroy()
    await vi.waitFor(() => expect(wills()).toBe(1))
    const asking = await connect({ will })
    await asking.endAsync(false, { reasonCode: 0x04 })
    await vi.waitFor(() => expect(wills()).toBe(2))
    const leaving = await connect({ will })
    await leaving.endAsync()
    await vi.waitFor(() => expect(gate.presence).toHaveLength(6))
    expect(wills()).toBe(2)
  })

  it('keep a session by its expiry alone, and begin a new one with a clean start', async () => {
    const kept: IClientOptions = { clean: false, properties: { sessionExpiryInterval: 3600 } }
    const connackOf = async (
      options: IClientOptions,
    ): Promise<{ sessionPresent: boolean; client: MqttClient }> => {
      const client = mqtt.connect(url, { ...login, ...options, resubscribe: false })
      clients.push(client)
      const [connack] = await first(client, 'connect')
      return { sessionPresent: connack.sessionPresent === true, client }
    }
    const queued = async (payload: string): Promise<void> =>
      broker.publish({ topic: `${own}/command`, payload, qos: 1 })

    const before = await connectAndSubscribe(kept)
    await before.endAsync()
    await queued('while away')
    const client = mqtt.connect(url, { ...login, ...kept, resubscribe: false })
    clients.push(client)
    const [[connack], [, payload]] = await Promise.all([first(client, 'connect'), first(client, 'message')])
    expect([connack.sessionPresent, String(payload)]).toEqual([true, 'while away'])
    expect(connack.properties).toMatchObject({ sessionExpiryInterval: 0xffff_ffff })
    await client.endAsync()

    await queued('for the one before')
    const anew = await connackOf({ ...kept, clean: true })
    const heard: string[] = []
    anew.client.on('message', (_, text) => heard.push(text.toString()))
    expect(anew.sessionPresent).toBe(false)
    await anew.client.publishAsync(`${own}/telemetry`, '1', { qos: 1 })
    expect(heard).toEqual([])
    await anew.client.endAsync()

    const none = await connackOf({ clean: false, properties: { sessionExpiryInterval: 0 } })
    expect(none.sessionPresent).toBe(false)

    async function connectAndSubscribe(options: IClientOptions): Promise<MqttClient> {
      const subscribing = await connect(options)
      await subscribing.subscribeAsync(`${own}/command`, { qos: 1 })
      return subscribing
    }
  })
})

describe('bytes of MQTT 5', () => {
  it('are known by the level of CONNECT, however they are cut', () => {
    for (const protocolVersion of [3, 4, 5] as const) {
      const bytes = generate(
        {
          cmd: 'connect',
          protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
          protocolVersion,
          clientId: 'x'.repeat(300),
          clean: true,
          keepalive: 1,
        },
        { protocolVersion },
      )
      const levels = Array.from({ length: 14 }, (_, length) => protocolLevel(bytes.subarray(0, length)))
      const known = levels.filter((level) => level !== undefined)
      expect(new Set(known).size).toBe(1)
      expect(known[0] === 5).toBe(protocolVersion === 5)
    }
    expect(protocolLevel(Buffer.from('GET / HTTP/1.1'))).toBe(0)
    expect(protocolLevel(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))).toBe(0)
  })

  it('that are garbage end the connection with a reason, and nothing else', async () => {
    const gate = new FixtureGate()
    const broker = await openTestBroker(gate)
    const hello = generate(
      {
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 5,
        clientId: 'pod',
        clean: true,
        keepalive: 60,
        username: 'acme/pod',
        password: Buffer.from('secret'),
      },
      { protocolVersion: 5 },
    )
    for (const garbage of [
      [0x32, 0x03, 0x00, 0x01, 0x61],
      [0x30, 0xff, 0xff, 0xff, 0x7f],
      [0xf0, 0x02, 0x00, 0x00],
      [0x82, 0x01, 0x00],
      [0x20, 0x03, 0x00, 0x00, 0x00],
    ]) {
      const socket = connectSocket(broker.port, '127.0.0.1')
      const received: Buffer[] = []
      socket.on('data', (bytes) => received.push(bytes)).on('error', () => undefined)
      for (const byte of hello) socket.write(Buffer.from([byte]))
      await vi.waitFor(() => expect(Buffer.concat(received)[0]).toBe(0x20))
      socket.write(Buffer.from(garbage))
      await once(socket, 'close')
      expect(Buffer.concat(received).includes(Buffer.from([0xe0]))).toBe(true)
    }
    await broker.close()
  })
})
