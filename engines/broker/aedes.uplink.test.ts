import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestBroker, silentLogger } from './aedes.fixture.ts'
import type { AedesBroker, AedesBrokerOptions } from './aedes.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import type { InboundPublish } from '../../nodes/platform/broker/port.ts'
import { WireClient, text } from '../../nodes/platform/broker/wire-client.fixture.ts'
import type { WireOptions } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'
const telemetry = `${own}/telemetry`

type Held = [InboundPublish, (error?: Error) => void]

describe('the uplink of the embedded broker', { timeout: 30_000 }, () => {
  let gate: FixtureGate
  let broker: AedesBroker
  let folder: string
  const logged: string[] = []
  const open = async (options: Partial<AedesBrokerOptions> = {}): Promise<void> => {
    broker = await openTestBroker(gate, {
      dataFile: path.join(folder, 'broker', 'broker.db'),
      logger: { ...silentLogger, error: (_fields, message) => logged.push(message) },
      ...options,
    })
  }
  const connect = async (options?: WireOptions): Promise<WireClient> => {
    const [client, connack] = await WireClient.connect(broker.port, options)
    expect(connack.returnCode).toBe(0)
    return client
  }
  /** From now on uplinks are durable only when the test says so; gives them one by one. */
  const hold = (): (() => Promise<Held>) => {
    const held: Held[] = []
    const waiting: ((held: Held) => void)[] = []
    gate.onUplink = (publish, done) => {
      const take = waiting.shift()
      if (take) take([publish, done])
      else held.push([publish, done])
    }
    return () => {
      const first = held.shift()
      return first ? Promise.resolve(first) : new Promise((resolve) => waiting.push(resolve))
    }
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-broker-'))
    gate = new FixtureGate()
    logged.length = 0
    await open()
  })
  afterEach(async () => {
    await broker.close()
    await rm(folder, { recursive: true })
  })

  it('hands over who, what and where', async () => {
    const client = await connect()
    client.publish(telemetry, '{"a":1}', { qos: 1, retain: true })
    await client.next('puback')
    expect(gate.uplinks).toEqual([
      {
        principal: { kind: 'device', orgId: 'acme', deviceId: 'pod', classKey: 'monitor' },
        topic: telemetry,
        payload: Buffer.from('{"a":1}'),
        qos: 1,
        retain: true,
      },
    ])
  })

  it.each([
    [1, 'puback', false],
    [2, 'pubrec', false],
    [1, 'puback', true],
    [2, 'pubrec', true],
  ] as const)(
    'QoS %i: no %s before the uplink says that it is durable (somebody else listens: %s)',
    async (qos, answer, listened) => {
      const service = await connect({ username: 'service/observer' })
      if (listened) await service.subscribe([telemetry, 2])
      const next = hold()
      const client = await connect()
      const messageId = client.publish(telemetry, '{}', { qos })
      const [, done] = await next()
      await client.ping()
      expect(client.unread(answer)).toEqual([])
      await service.ping()
      expect(service.unread('publish')).toEqual([])
      done()
      expect(await client.next(answer)).toMatchObject({ messageId })
      const heard = listened ? [await service.message()] : []
      expect(heard.map(text)).toEqual(listened ? [`${telemetry} {}`] : [])
    },
  )

  it.each([
    [0, undefined],
    [1, 'puback'],
    [2, 'pubrec'],
  ] as const)('what is ignored is acknowledged (QoS %i), and goes nowhere', async (qos, answer) => {
    const service = await connect({ username: 'service/observer' })
    await service.subscribe([`${own}/#`, 2])
    const client = await connect()
    const messageId = client.publish(`${own}/noise`, 'x', { qos, retain: true })
    expect(answer === undefined ? { messageId } : await client.next(answer)).toMatchObject({ messageId })
    if (qos === 2) {
      client.send({ cmd: 'pubrel', messageId })
      await client.next('pubcomp')
    }
    await client.ping()
    await service.ping()
    expect([service.unread('publish'), gate.uplinks, gate.refusals]).toEqual([[], [], []])
    const late = await connect({ username: 'service/late' })
    await late.subscribe([`${own}/#`, 2])
    await late.ping()
    expect(late.unread('publish')).toEqual([])
  })

  it('a client id of the maker’s is taken where the gate says so, and reaches no session but its owner’s', async () => {
    const client = await connect({ username: 'acme/any-plug', clientId: 'DVES_1A2B3C' })
    const other = await connect({ username: 'acme/any-other', clientId: 'DVES_1A2B3C' })
    await client.ping()
    const again = await connect({ username: 'acme/any-plug', clientId: 'DVES_1A2B3C' })
    await client.closed
    await Promise.all([other.ping(), again.ping()])
    expect(broker.statistics().connections).toBe(2)
  })

  it('an uplink that fails ends the connection unacknowledged, and the device may send again', async () => {
    const next = hold()
    const client = await connect()
    client.publish(telemetry, 'one', { qos: 1 })
    const [, fail] = await next()
    fail(new Error('disk full'))
    await client.closed
    expect(client.unread('puback')).toEqual([])
    const again = await connect()
    again.publish(telemetry, 'one', { qos: 1, dup: true })
    const [, done] = await next()
    done()
    await again.next('puback')
  })

  it('a device is not read on while too much of its waits; others are not held up', async () => {
    const next = hold()
    const client = await connect()
    const payload = 'x'.repeat(50_000)
    for (let i = 0; i < 40; i++) client.publish(telemetry, payload, { qos: 1 })
    for (let i = 0; i < 3; i++) await next()
    const other = await connect({ username: 'acme/other' })
    // Time enough for a broker that reads on: it has the forty in the socket's buffers.
    for (let i = 0; i < 100; i++) await other.ping()
    // The third fills the window; one more may have come with the same read.
    expect(gate.uplinks.length).toBeLessThanOrEqual(4)
    await client.drop()
  })

  it('everything that a full window held back arrives once there is room', async () => {
    const next = hold()
    const client = await connect()
    const payload = 'x'.repeat(50_000)
    const sent = Array.from({ length: 40 }, () => client.publish(telemetry, payload, { qos: 1 }))
    const acknowledged: (number | undefined)[] = []
    const waiting: (() => void)[] = []
    while (acknowledged.length < sent.length) {
      // Three fill the window; from then on each one settled makes room for one more.
      while (waiting.length < Math.min(3, sent.length - acknowledged.length)) waiting.push((await next())[1])
      waiting.shift()?.()
      acknowledged.push((await client.next('puback')).messageId)
    }
    expect(acknowledged).toEqual(sent)
  })

  it('a last will on an uplink topic goes into the uplink', async () => {
    const arrived = new Promise<InboundPublish>((resolve) => {
      gate.onUplink = (publish, done) => {
        done()
        resolve(publish)
      }
    })
    const will = {
      topic: `${own}/lifecycle`,
      payload: Buffer.from('offline'),
      qos: 1 as const,
      retain: false,
    }
    const client = await connect({ will })
    await client.drop()
    expect(await arrived).toMatchObject({ topic: `${own}/lifecycle`, payload: Buffer.from('offline') })
  })

  it('closing waits for the last wills it causes', async () => {
    const next = hold()
    const will = {
      topic: `${own}/lifecycle`,
      payload: Buffer.from('offline'),
      qos: 1 as const,
      retain: false,
    }
    await connect({ will })
    const closing = broker.close()
    const [publish, done] = await next()
    expect(publish.topic).toBe(`${own}/lifecycle`)
    done()
    await closing
    gate.onUplink = (_publish, settle) => settle()
    await open()
    expect(gate.uplinks).toHaveLength(1)
  })

  it('uplinks are passed on to whoever subscribes, and are kept where the gate says so', async () => {
    const client = await connect()
    client.publish(`${own}/state`, 'on', { qos: 1, retain: true })
    await client.next('puback')
    const service = await connect({ username: 'service/observer' })
    await service.subscribe('org/+/device/+/state', '#')
    expect(text(await service.message())).toBe(`${own}/state on`)
    client.publish(telemetry, '1')
    await service.message()
    expect(text(await service.message())).toBe(`${telemetry} 1`)
    await service.unsubscribe('#')
    client.publish(telemetry, '2', { qos: 1 })
    await client.next('puback')
    await service.ping()
    expect(service.unread('publish')).toEqual([])
    expect(gate.uplinks).toHaveLength(3)
  })

  it('tells who comes and goes', async () => {
    const client = await connect()
    await client.disconnect()
    const broken = await connect()
    const gone = new Promise<string>((resolve) => {
      gate.onPresence = resolve
    })
    await broken.drop()
    expect(await gone).toBe('pod broke')
    expect(gate.presence).toEqual(['pod connected', 'pod disconnected', 'pod connected', 'pod broke'])
  })

  it('a gate that throws is a refusal and a log line, never the end of the process', async () => {
    const client = await connect()
    gate.publish = () => {
      throw new Error('bug')
    }
    client.publish(telemetry, '{}', { qos: 1 })
    await client.closed
    gate.connect = () => Promise.reject(new Error('bug'))
    const [, connack] = await WireClient.connect(broker.port)
    expect(connack.returnCode).toBe(3)
    expect(logged).toEqual(['broker gate failed', 'broker hook failed'])
  })

  it('a client that does not read is disconnected; what waits for its session stays, others go on', async () => {
    await broker.close()
    await open({ maxUnsentBytes: 100_000 })
    const slow = net.connect({ port: broker.port, host: '127.0.0.1' })
    const client = new WireClient(slow)
    await client.connect({ clean: false })
    await client.subscribe(`${own}/command`)
    slow.pause()
    const payload = 'x'.repeat(60_000)
    let sent = 0
    while (!gate.presence.includes('pod broke')) {
      await broker.publish({ topic: `${own}/command`, payload, qos: 1 })
      sent += 1
    }
    slow.destroy()
    const [back, connack] = await WireClient.connect(broker.port, { clean: false })
    expect(connack.sessionPresent).toBe(true)
    for (let i = 0; i < sent; i++) await back.message()
    await back.ping()
    expect(back.unread('publish')).toEqual([])
  })
})
