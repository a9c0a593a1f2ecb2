import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestBroker } from './aedes.fixture.ts'
import type { AedesBroker, AedesBrokerOptions } from './aedes.ts'
import { Allowances } from '../../nodes/platform/allowances.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import type { Refusal } from '../../nodes/platform/broker/port.ts'
import { WireClient, text } from '../../nodes/platform/broker/wire-client.fixture.ts'
import type { WireOptions } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'
const victim: WireOptions = { username: 'acme/victim' }
const victimCommand = 'org/acme/device/victim/command'

/** Bytes that look random and are the same in every run. */
function* noise(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state >>> 24
  }
}

function noiseBytes(seed: number, length: number): Buffer {
  const source = noise(seed)
  return Buffer.from(Array.from({ length }, () => source.next().value))
}

describe('what the embedded broker refuses', { timeout: 30_000 }, () => {
  let gate: FixtureGate
  let broker: AedesBroker
  const open = async (options: Partial<AedesBrokerOptions> = {}): Promise<void> => {
    gate = new FixtureGate()
    broker = await openTestBroker(gate, {
      offences: new Allowances({ perSecond: Infinity }),
      connectsOfDevice: { perSecond: Infinity },
      ...options,
    })
  }
  const connect = async (options?: WireOptions): Promise<WireClient> => {
    const [client, connack] = await WireClient.connect(broker.port, options)
    expect(connack.returnCode).toBe(0)
    return client
  }
  /** Somebody else, connected all the while, to whom nothing may happen. */
  let bystander: WireClient
  const expectUnharmed = async (): Promise<void> => {
    await broker.publish({ topic: victimCommand, payload: 'still here', qos: 1 })
    expect(text(await bystander.message())).toBe(`${victimCommand} still here`)
    expect(bystander.unread('publish')).toEqual([])
  }

  beforeEach(async () => {
    await open()
    bystander = await connect(victim)
    await bystander.subscribe('org/acme/device/victim/#')
  })
  afterEach(async () => {
    await broker.close()
  })

  it('a wrong password gets CONNACK 4', async () => {
    const [client, connack] = await WireClient.connect(broker.port, { password: 'guess' })
    expect(connack.returnCode).toBe(4)
    await client.closed
    expect(gate.refusals).toEqual([
      { action: 'connect', detail: 'bad credentials', who: 'pod@127.0.0.1' } satisfies Refusal,
    ])
    await expectUnharmed()
  })

  it.each([
    victimCommand,
    'org/acme/device/victim/telemetry',
    'org/other/device/pod/telemetry',
    '$SYS/broker/uptime',
    '$share/x/y',
    '__proto__/constructor',
    `${own}/telemetry/${'x/'.repeat(200)}`,
  ])('a publish on %s ends the connection', async (topic) => {
    const client = await connect()
    client.publish(topic, 'evil', { qos: 1 })
    await client.closed
    expect(client.unread('puback')).toEqual([])
    expect(gate.uplinks).toEqual([])
    expect(gate.refusals.map(({ action, who }) => ({ action, who }))).toEqual(
      topic.length > 200 ? [] : [{ action: 'publish', who: 'device pod' }],
    )
    await expectUnharmed()
  })

  it.each([
    '#',
    '+/+',
    '+/+/+/+/+',
    '$SYS/#',
    '$share/x/#',
    `$share/x/${own}/command`,
    victimCommand,
    'org/#',
  ])('a subscription to %s is refused with 128, and nothing comes through it', async (filter) => {
    const client = await connect({ clean: false })
    expect((await client.subscribe(filter, `${own}/command`)).granted).toEqual([128, 1])
    expect(gate.refusals).toMatchObject([{ action: 'subscribe', who: 'device pod' }])
    await expectUnharmed()
    await broker.publish({ topic: `${own}/command`, payload: 'mine', qos: 1 })
    expect(text(await client.message())).toBe(`${own}/command mine`)
    expect(client.unread('publish')).toEqual([])
    await client.ping()
    await client.drop()
    await broker.publish({ topic: victimCommand, payload: 'not for its queue', qos: 1 })
    expect(broker.statistics().queued).toBe(0)
  })

  it('shared subscriptions are refused for services too, since aedes never delivers to them', async () => {
    const service = await connect({ username: 'service/observer' })
    expect((await service.subscribe('$share/x/#')).granted).toEqual([128])
  })

  it('a subscription to a malformed filter ends the connection', async () => {
    const client = await connect()
    await expect(client.subscribe(`${own}/#/x`)).rejects.toThrow('closed')
    await expectUnharmed()
  })

  it.each(['org/acme/device/victim/lifecycle', '#', '+/x', '$SYS/x'])(
    'a last will on %s: the connection is refused with 5',
    async (topic) => {
      const will = { topic, payload: Buffer.from('gone'), qos: 1 as const, retain: false }
      const [client, connack] = await WireClient.connect(broker.port, { will })
      expect(connack.returnCode).toBe(5)
      await client.closed
      expect(gate.refusals).toMatchObject([{ action: 'connect', who: 'pod@127.0.0.1' }])
      await expectUnharmed()
    },
  )

  it('a retained message that the gate does not want kept is passed on, but not kept', async () => {
    const service = await connect({ username: 'service/observer' })
    await service.subscribe(`${own}/chat`)
    const client = await connect()
    client.publish(`${own}/chat`, 'planted', { qos: 1, retain: true })
    await client.next('puback')
    expect(text(await service.message())).toBe(`${own}/chat planted`)
    const later = await connect({ username: 'service/later' })
    await later.subscribe(`${own}/#`)
    await later.ping()
    expect(later.unread('publish')).toEqual([])
  })

  it('a retained message that the gate refuses ends the connection, also as a last will', async () => {
    const client = await connect()
    client.publish(`${own}/planted`, 'x', { qos: 1, retain: true })
    await client.closed
    const will = { topic: `${own}/planted`, payload: Buffer.from('x'), qos: 1 as const, retain: true }
    const [, connack] = await WireClient.connect(broker.port, { will })
    expect(connack.returnCode).toBe(5)
  })

  it('the last will of a device is not kept either, unless the gate says so', async () => {
    const service = await connect({ username: 'service/observer' })
    await service.subscribe(`${own}/chat`)
    const will = { topic: `${own}/chat`, payload: Buffer.from('gone'), qos: 1 as const, retain: true }
    await (await connect({ will })).drop()
    expect(text(await service.message())).toBe(`${own}/chat gone`)
    const later = await connect({ username: 'service/later' })
    await later.subscribe(`${own}/#`)
    await later.ping()
    expect(later.unread('publish')).toEqual([])
  })

  it.each(['victim', 'victim-2', 'podx', 'po', 'aedes_x'])(
    'client id %s is refused with 2, and its owner stays connected',
    async (clientId) => {
      const [client, connack] = await WireClient.connect(broker.port, { clientId })
      expect(connack.returnCode).toBe(2)
      await client.closed
      expect(gate.refusals).toMatchObject([{ action: 'connect' }])
      await expectUnharmed()
    },
  )

  it('client ids with a suffix are a device’s own, and never reach a device of that name', async () => {
    const namesake = await connect({ username: 'acme/pod-2', clean: false })
    await namesake.subscribe('org/acme/device/pod-2/command')
    const [intruder, connack] = await WireClient.connect(broker.port, { clientId: 'pod/2', clean: false })
    expect(connack).toMatchObject({ returnCode: 0, sessionPresent: false })
    await namesake.drop()
    await broker.publish({ topic: 'org/acme/device/pod-2/command', payload: 'open', qos: 1 })
    await intruder.drop()
    const [again, nothingThere] = await WireClient.connect(broker.port, { clientId: 'pod/2', clean: true })
    expect(nothingThere).toMatchObject({ returnCode: 0, sessionPresent: false })
    const back = await connect({ username: 'acme/pod-2', clean: false })
    expect(text(await back.message())).toBe('org/acme/device/pod-2/command open')
    await again.ping()
    await connect({ clientId: 'pod/c' })
  })

  it('a revoked credential: disconnected at once, nothing delivered or taken any more, no way back', async () => {
    const client = await connect({ clean: false })
    await client.subscribe(`${own}/command`)
    const second = await connect({ clientId: 'pod/b' })
    gate.revoke('pod')
    await broker.publish({ topic: `${own}/command`, payload: 'secret', qos: 1 })
    await client.ping()
    expect(client.unread('publish')).toEqual([])
    await broker.disconnect('pod')
    await Promise.all([client.closed, second.closed])
    const [, connack] = await WireClient.connect(broker.port)
    expect(connack.returnCode).toBe(4)
    expect(gate.presence.filter((event) => event.startsWith('pod'))).toEqual([
      'pod connected',
      'pod connected',
      'pod broke',
      'pod broke',
    ])
    await expectUnharmed()
  })

  it('a connection revoked in the very moment it takes another one’s place leaves no ghost', async () => {
    const first = await connect()
    await first.subscribe(`${own}/command`)
    gate.onPresence = (event) => {
      if (event === 'pod broke') void broker.disconnect('pod')
    }
    const second = await WireClient.open(broker.port)
    second.connect().catch(() => undefined)
    await Promise.all([first.closed, second.closed])
    expect(broker.statistics().connections).toBe(1)
    await expectUnharmed()
  })

  it('a credential revoked while the gate is reading it does not come in', async () => {
    const reading = Promise.withResolvers<void>()
    const asked = new Promise<void>((resolve) => {
      gate.beforeConnect = () => {
        resolve()
        return reading.promise
      }
    })
    const client = await WireClient.open(broker.port)
    const connack = client.connect()
    await asked
    await broker.disconnect('pod')
    reading.resolve()
    expect((await connack).returnCode).toBe(5)
    gate.beforeConnect = () => Promise.resolve()
    await connect()
  })

  it.each([
    ['before CONNECT', false],
    ['after it', true],
  ])('256 MB claimed %s: closed by the claim, not one byte of it awaited', async (_when, connected) => {
    const client = connected ? await connect() : await WireClient.open(broker.port)
    client.sendBytes(Buffer.from([connected ? 0x30 : 0x10, 0xff, 0xff, 0xff, 0x7f]))
    await client.closed
    expect(gate.refusals).toMatchObject([
      { action: connected ? 'publish' : 'connect', detail: expect.stringContaining('claimed') as unknown },
    ])
    await expectUnharmed()
  })

  it('a payload over the limit ends the connection, one at the limit passes', async () => {
    const client = await connect()
    client.publish(`${own}/telemetry`, 'x'.repeat(65_536), { qos: 1 })
    await client.next('puback')
    client.publish(`${own}/telemetry`, 'x'.repeat(65_537), { qos: 1 })
    await client.closed
    expect(gate.uplinks).toHaveLength(1)
    expect(client.unread('puback')).toEqual([])
  })

  it('random bytes on two thousand connections: each is closed, nobody else notices', async () => {
    const attack = async (seed: number): Promise<void> => {
      const client = await WireClient.open(broker.port)
      const bytes = noiseBytes(seed, 16 + (seed % 200))
      // One in four pretends to be CONNECT, one in four of those gets its length right.
      if (seed % 4 === 0) bytes[0] = 0x10
      if (seed % 16 === 0) bytes[1] = Math.min(bytes.length - 2, 127)
      client.sendBytes(bytes)
      client.stream.end()
      await client.closed
    }
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => attack(round * 100 + i + 1)))
    }
    expect(gate.uplinks).toEqual([])
    expect(broker.statistics().connections).toBe(1)
    await expectUnharmed()
  }, 60_000)

  it('random bytes after a proper CONNECT: the same', async () => {
    const attack = async (seed: number): Promise<void> => {
      const client = await connect({ clientId: `pod/${seed}` })
      client.sendBytes(noiseBytes(seed, 300))
      client.stream.end()
      await client.closed
    }
    await Promise.all(Array.from({ length: 200 }, (_, i) => attack(i + 1)))
    await expectUnharmed()
    expect(broker.statistics().connections).toBe(1)
  }, 30_000)

  it('a connection that never says CONNECT is closed in time, and connections past the limit at once', async () => {
    await broker.close()
    await open({ connectTimeoutMs: 50, maxConnections: 2 })
    const silent = await WireClient.open(broker.port)
    await silent.closed
    bystander = await connect(victim)
    const full = once(bystander.stream, 'close')
    await connect()
    const third = await WireClient.open(broker.port)
    await third.closed
    expect(gate.refusals).toMatchObject([{ action: 'connect', detail: 'too many connections' }])
    await broker.close()
    await full
  })

  it('a device stores only so many sessions, and a deleted one none', async () => {
    await broker.close()
    await open({ maxSessionsPerDevice: 2 })
    for (const clientId of ['pod/1', 'pod/2', 'pod/1']) {
      const client = await connect({ clientId, clean: false })
      await client.subscribe(`${own}/command`)
      await client.disconnect()
    }
    const [, connack] = await WireClient.connect(broker.port, { clientId: 'pod/3', clean: false })
    expect(connack.returnCode).toBe(2)
    await connect({ clientId: 'pod/3', clean: true })
    await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
    expect(broker.statistics()).toMatchObject({ queued: 2, connections: 1 })
    await broker.forget('acme', 'pod')
    expect(broker.statistics()).toMatchObject({ queued: 0, connections: 0, subscriptions: 0 })
    const back = await connect({ clientId: 'pod/3', clean: false })
    await back.ping()
    expect(back.unread('publish')).toEqual([])
  })

  it('subscriptions past the limit are refused one by one', async () => {
    await broker.close()
    await open({ maxSubscriptions: 2 })
    const client = await connect()
    expect((await client.subscribe(`${own}/a`, `${own}/b`, `${own}/c`)).granted).toEqual([1, 1, 128])
    await client.unsubscribe(`${own}/a`)
    expect((await client.subscribe(`${own}/c`)).granted).toEqual([1])
  })
})
