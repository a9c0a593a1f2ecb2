import { type EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect as connectSocket } from 'node:net'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { generate, type Packet, parser } from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FixtureGate } from '../../../nodes/platform/broker/gate.fixture.ts'
import { openTestBroker } from '../aedes.fixture.ts'
import type { AedesBroker } from '../aedes.ts'
import { fromClient, newConnection5 } from './packets.ts'
import { login, own, useTimedBroker } from './timed-broker.fixture.ts'
import { protocolLevel } from './translate.ts'

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
    // What was asked for is what is given.
    expect(connack.properties).not.toHaveProperty('sessionExpiryInterval')
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

describe('what MQTT 5 counts in time', { timeout: 30_000 }, () => {
  const will = { topic: `${own}/lifecycle`, payload: Buffer.from('gone'), qos: 1, retain: false } as const
  const timed = useTimedBroker()

  async function connect(
    options: IClientOptions,
  ): Promise<{ readonly client: MqttClient; readonly isPresent: boolean }> {
    const client = timed.connecting(options)
    const [connack] = await first(client, 'connect')
    return { client, isPresent: connack.sessionPresent === true }
  }
  const kept = (seconds: number): IClientOptions => ({
    clean: false,
    properties: { sessionExpiryInterval: seconds },
  })
  const wills = (): number => timed.gate.uplinks.filter(({ topic }) => topic === will.topic).length
  const gone = (): Promise<void> =>
    vi.waitFor(() => expect(['pod broke', 'pod disconnected']).toContain(timed.gate.presence.at(-1)))

  it('a session ends so long after its connection, over a restart too', async () => {
    for (const isRestarted of [false, true]) {
      const { client } = await connect({ ...kept(60), clean: true })
      await client.subscribeAsync(`${own}/command`, { qos: 1 })
      await client.endAsync()
      await gone()
      if (isRestarted) await timed.restart()
      timed.nowMs += 59_000
      const again = await connect(kept(60))
      expect(again.isPresent).toBe(true)
      again.client.stream.destroy()
      again.client.end(true)
      await gone()
      if (isRestarted) await timed.restart()
      timed.nowMs += 60_000
      const late = await connect(kept(60))
      expect(late.isPresent).toBe(false)
      await late.client.endAsync()
      await gone()
    }
  })

  it('a DISCONNECT may say anew for how long, but not that it is kept after all', async () => {
    const { client } = await connect(kept(3600))
    await client.subscribeAsync(`${own}/command`, { qos: 1 })
    await client.endAsync(false, { properties: { sessionExpiryInterval: 5 } })
    await gone()
    timed.nowMs += 5000
    expect((await connect(kept(0))).isPresent).toBe(false)
    const packet = { cmd: 'disconnect', properties: { sessionExpiryInterval: 5 } } as const
    expect(fromClient(newConnection5(), packet, String)).toMatchObject({ kind: 'refused', reason: 0x82 })
  })

  it('a session of 3.1.1 under the same name stays for good', async () => {
    const { client } = await connect({ ...kept(1), clean: true })
    await client.subscribeAsync(`${own}/command`, { qos: 1 })
    await client.endAsync()
    await gone()
    const old = await connect({ protocolVersion: 4, clean: false })
    expect(old.isPresent).toBe(true)
    await old.client.endAsync()
    await gone()
    timed.nowMs += 1e12
    expect((await connect({ protocolVersion: 4, clean: false })).isPresent).toBe(true)
  })

  const delayed = (seconds: number): IClientOptions => ({
    ...kept(3600),
    will: { ...will, properties: { willDelayInterval: seconds } },
  })

  it('a will waits for its client to come back, and is none if it does', async () => {
    const { client } = await connect(delayed(3600))
    client.stream.destroy()
    client.end(true)
    await gone()
    // Taken over while the new one is there already, too.
    await connect(delayed(3600))
    const { client: third } = await connect(delayed(1))
    expect(wills()).toBe(0)
    third.stream.destroy()
    third.end(true)
    await vi.waitFor(() => expect(wills()).toBe(1), 5000)
  })

  it('a will is due at once when its session ends first', async () => {
    const { client } = await connect(delayed(3600))
    client.stream.destroy()
    client.end(true)
    await gone()
    expect(wills()).toBe(0)
    await connect({ clean: true })
    await vi.waitFor(() => expect(wills()).toBe(1))
    const { client: unkept } = await connect({ ...delayed(3600), properties: {}, clean: true })
    unkept.stream.destroy()
    await vi.waitFor(() => expect(wills()).toBe(2))
  })

  it('a will that waits when the broker stops waits on after its start', async () => {
    const { client } = await connect(delayed(3600))
    client.stream.destroy()
    client.end(true)
    await gone()
    await timed.restart()
    const back = await connect({ ...kept(3600) })
    expect([back.isPresent, wills()]).toEqual([false, 0])
    await back.client.endAsync()
    await timed.restart()
    expect(wills()).toBe(0)
  })

  it('a client gets no more at once than it takes, and all of it in order', async () => {
    const socket = connectSocket(timed.broker.port, '127.0.0.1')
    const received: Packet[] = []
    const reading = parser({ protocolVersion: 5 }).on('packet', (packet: Packet) => received.push(packet))
    socket.on('data', (bytes) => reading.parse(bytes)).on('error', () => undefined)
    const send = (packet: Packet): boolean => socket.write(generate(packet, { protocolVersion: 5 }))
    const payloads = (): readonly string[] =>
      received.flatMap((packet) => (packet.cmd === 'publish' ? [String(packet.payload)] : []))
    const acknowledge = (at: number): boolean => {
      const [...publishes] = received.filter(({ cmd }) => cmd === 'publish')
      return send({ cmd: 'puback', messageId: publishes[at]?.messageId ?? 0 })
    }
    send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId: 'pod',
      clean: true,
      keepalive: 60,
      username: 'acme/pod',
      password: Buffer.from('secret'),
      properties: { receiveMaximum: 2 },
    })
    send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${own}/command`, qos: 1 }] })
    await vi.waitFor(() => expect(received).toHaveLength(2))
    for (const payload of ['1', '2', '3', '4', '5'])
      await timed.broker.publish({ topic: `${own}/command`, payload, qos: 1 })
    // What needs no acknowledgment is not held back, so it tells that the others would have come.
    await timed.broker.publish({ topic: `${own}/command`, payload: 'free', qos: 0 })
    await vi.waitFor(() => expect(payloads()).toContain('free'))
    expect(payloads()).toEqual(['1', '2', 'free'])
    acknowledge(1)
    await vi.waitFor(() => expect(payloads()).toEqual(['1', '2', 'free', '3']))
    acknowledge(0)
    acknowledge(3)
    await vi.waitFor(() => expect(payloads()).toEqual(['1', '2', 'free', '3', '4', '5']))
    socket.destroy()
  })
})

describe('bytes of MQTT 5', { timeout: 30_000 }, () => {
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
