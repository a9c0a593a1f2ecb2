import mqtt from 'mqtt'
import type { MqttClient, IClientOptions } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FaultyProxy } from '../../nodes/platform/testing/faulty-proxy.fixture.ts'
import { openTestBroker } from './aedes.fixture.ts'
import type { AedesBroker, AedesBrokerOptions } from './aedes.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import { WireClient, text } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'
const telemetry = `${own}/telemetry`

describe('the embedded broker over a network that fails', { timeout: 30_000 }, () => {
  let gate: FixtureGate
  let broker: AedesBroker
  let proxy: FaultyProxy
  const devices: MqttClient[] = []
  const open = async (options: Partial<AedesBrokerOptions> = {}): Promise<void> => {
    broker = await openTestBroker(gate, options)
    proxy = await FaultyProxy.open(broker.port)
  }
  const close = async (): Promise<void> => {
    await proxy[Symbol.asyncDispose]()
    await broker.close()
  }
  /** A device as most are: it sends again what was not acknowledged, and comes back by itself. */
  const device = async (options: IClientOptions = {}): Promise<MqttClient> => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${proxy.port}`, {
      username: 'acme/pod',
      password: 'secret',
      clientId: 'pod',
      clean: false,
      reconnectPeriod: 20,
      ...options,
    })
    client.on('error', () => undefined)
    devices.push(client)
    return client
  }
  const taken = (): readonly string[] => gate.uplinks.map(({ payload }) => payload.toString())
  const presence = (event: string): Promise<void> =>
    vi.waitFor(() => expect(gate.presence).toContain(event), { timeout: 5_000, interval: 5 })

  beforeEach(async () => {
    gate = new FixtureGate()
    await open()
  })
  afterEach(async () => {
    for (const client of devices.splice(0)) client.end(true)
    await close()
  })

  it('a half-open device is offline after one and a half times its keepalive, its will is heard, and it comes back', async () => {
    const will = { topic: `${own}/lifecycle`, payload: Buffer.from('offline'), qos: 1 as const }
    const client = await device({ keepalive: 1, will })
    await client.subscribeAsync(`${own}/command`, { qos: 1 })
    await new Promise<void>((resolve) =>
      client.on('packetreceive', ({ cmd }) => {
        if (cmd === 'pingresp') resolve()
      }),
    )
    proxy.silence()
    const silentMs = performance.now()
    await presence('pod broke')
    // Its last sign of life was at most a keepalive before.
    expect(performance.now() - silentMs).toBeLessThan(1_500 + 500)
    await vi.waitFor(() => expect(taken()).toEqual(['offline']))
    await broker.publish({ topic: `${own}/command`, payload: 'meanwhile', qos: 1 })
    const message = new Promise<string>((resolve) =>
      client.once('message', (_topic, payload) => resolve(payload.toString())),
    )
    await proxy.heal()
    expect(await message).toBe('meanwhile')
    expect(gate.presence).toEqual(['pod connected', 'pod broke', 'pod connected'])
  })

  it('a trickle is as good as any, for whoever sends it and for others', async () => {
    const [bystander] = await WireClient.connect(broker.port, { username: 'acme/other' })
    proxy.trickle()
    const [client, connack] = await WireClient.connect(proxy.port)
    expect(connack.returnCode).toBe(0)
    await client.subscribe(`${own}/command`)
    // The second and the third go another way than the first (express-lane.ts).
    const messageIds = ['first', 'second', 'third'].map((payload) =>
      client.publish(telemetry, payload, { qos: 1 }),
    )
    await bystander.ping()
    for (const messageId of messageIds) expect(await client.next('puback')).toMatchObject({ messageId })
    expect(taken()).toEqual(['first', 'second', 'third'])
    await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
    expect(text(await client.message())).toBe(`${own}/command on`)
  })

  it('who trickles CONNECT for too long is closed', async () => {
    await close()
    await open({ connectTimeoutMs: 20 })
    proxy.trickle('toServer')
    await expect(WireClient.connect(proxy.port)).rejects.toThrow('closed while waiting for connack')
    expect(gate.presence).toEqual([])
  })

  it('what was durable, and its acknowledgment lost, is taken again when it comes again', async () => {
    const [before] = await WireClient.connect(proxy.port, { clean: false })
    const lost = proxy.loseAnswerTo('reading')
    const messageId = before.publish(telemetry, 'reading', { qos: 1 })
    await lost
    await before.closed
    const [after] = await WireClient.connect(proxy.port, { clean: false })
    after.publish(telemetry, 'reading', { qos: 1, messageId, dup: true })
    expect(await after.next('puback')).toMatchObject({ messageId })
    expect(taken()).toEqual(['reading', 'reading'])
    expect(before.arrived).toEqual(['connack'])
    expect(gate.presence).toEqual(['pod connected', 'pod broke', 'pod connected'])
  })

  it('nothing that was acknowledged is missing, and all is in order, when connections are reset at any byte', async () => {
    const client = await device()
    const acknowledged: string[] = []
    const all = Array.from({ length: 400 }, (_, n) => `reading ${n}`)
    const sending = (async () => {
      for (let at = 0; at < all.length; at += 8) {
        const some = all.slice(at, at + 8)
        await Promise.all(some.map((payload) => client.publishAsync(telemetry, payload, { qos: 1 })))
        acknowledged.push(...some)
      }
    })()
    for (const bytes of [5, 97, 401, 1_009, 2_003]) {
      proxy.resetAfter(bytes)
      await vi.waitUntil(() => proxy.isBroken, { interval: 1, timeout: 5_000 })
      await proxy.heal()
    }
    await sending
    expect(acknowledged).toEqual(all)
    expect([...new Set(taken())]).toEqual(all)
    expect(taken().length).toBeGreaterThanOrEqual(all.length)
  })

  it('a device in a partition goes on with what it had, and commands wait for it', async () => {
    const client = await device()
    await client.subscribeAsync(`${own}/command`, { qos: 1 })
    const heard: string[] = []
    client.on('message', (_topic, payload) => heard.push(payload.toString()))
    for (const kind of ['hang', 'refuse'] as const) {
      await proxy.partition(kind)
      const publishing = client.publishAsync(telemetry, `during ${kind}`, { qos: 1 })
      await broker.publish({ topic: `${own}/command`, payload: `to ${kind}`, qos: 1 })
      expect(taken()).not.toContain(`during ${kind}`)
      await proxy.heal()
      await publishing
      await vi.waitFor(() => expect(heard).toContain(`to ${kind}`), 5_000)
    }
    expect([...new Set(taken())]).toEqual(['during hang', 'during refuse'])
    // A command comes twice when the connection broke before its acknowledgment.
    expect([...new Set(heard)]).toEqual(['to hang', 'to refuse'])
  })
})
