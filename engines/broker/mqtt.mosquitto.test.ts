import { setTimeout as delay } from 'node:timers/promises'
import mqtt from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Unavailable } from '../../nodes/platform/kit/unavailable.ts'
import { type Mosquitto, mosquittoIsMissing } from './external/mosquitto.fixture.ts'
import { fleetTopics, openOnMosquitto, startFleetMosquitto } from './external/open-on-mosquitto.fixture.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import type { ExternalBroker, ExternalBrokerOptions } from './mqtt.ts'
import type { InboundPublish } from '../../nodes/platform/broker/port.ts'
import { WireClient, text } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'
const telemetry = `${own}/telemetry`

type Held = readonly [InboundPublish, (error?: Error) => void]

/** From now on uplinks are durable only when the test says so; gives them one by one. */
function hold(gate: FixtureGate): { readonly held: Held[]; readonly next: () => Promise<Held> } {
  const held: Held[] = []
  let waiting: ((held: Held) => void) | undefined
  gate.onUplink = (publish, done) => {
    const take = waiting
    waiting = undefined
    if (take) take([publish, done])
    else held.push([publish, done])
  }
  const next = (): Promise<Held> => {
    const first = held.shift()
    return first ? Promise.resolve(first) : new Promise((resolve) => (waiting = resolve))
  }
  return { held, next }
}

const payloadOf = ([{ payload }]: Held): string => payload.toString()

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5)
}

describe.skipIf(mosquittoIsMissing)(
  'an external broker on Mosquitto (needs mosquitto)',
  { timeout: 30_000 },
  () => {
    let mosquitto: Mosquitto
    let gate: FixtureGate
    const opened: ExternalBroker[] = []

    const open = async (options: Partial<ExternalBrokerOptions> = {}): Promise<ExternalBroker> => {
      const broker = await openOnMosquitto(
        mosquitto,
        options.gate instanceof FixtureGate ? options.gate : gate,
        {
          closeTimeoutMs: 100,
          ...options,
        },
      )
      opened.push(broker)
      return broker
    }
    const connect = async (username = 'acme/pod'): Promise<WireClient> =>
      (await WireClient.connect(mosquitto.port, { username }))[0]

    beforeEach(async () => {
      gate = new FixtureGate()
      mosquitto = await startFleetMosquitto()
    })
    afterEach(async () => {
      for (const broker of opened.splice(0)) await broker.close()
      await mosquitto[Symbol.asyncDispose]()
    })

    it('what was not durable when we stopped comes again after the next start, in order', async () => {
      const { next } = hold(gate)
      const first = await open()
      const device = await connect()
      for (const payload of ['1', '2', '3']) device.publish(telemetry, payload, { qos: 1 })
      await next()
      const [, durable] = await next()
      durable()
      await next()
      await first.close()
      device.publish(telemetry, '4', { qos: 1 })
      const again = hold(gate)
      await open()
      expect([await again.next(), await again.next(), await again.next()].map(payloadOf)).toEqual([
        '1',
        '3',
        '4',
      ])
    })

    it('what fails to become durable comes again by itself, and is told as trouble until it works', async () => {
      const { next } = hold(gate)
      const broker = await open()
      const device = await connect()
      device.publish(telemetry, 'once more', { qos: 1 })
      const [, fail] = await next()
      fail(new Error('the disk is full'))
      expect(broker.trouble?.message).toBe('the disk is full')
      const second = await next()
      expect(payloadOf(second)).toBe('once more')
      second[1]()
      await until(() => broker.trouble === undefined)
      device.publish(telemetry, 'next', { qos: 1 })
      expect(payloadOf(await next())).toBe('next')
    })

    it('tells the broker until when a message counts', async () => {
      const broker = await open()
      const device = await mqtt.connectAsync(mosquitto.url, {
        protocolVersion: 5,
        username: 'acme/pod',
        password: 'secret',
        clientId: 'pod',
      })
      const received = new Promise((resolve) =>
        device.on('message', (_, payload, { properties }) => resolve([payload.toString(), properties])),
      )
      await device.subscribeAsync(`${own}/command`, { qos: 1 })
      await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1, expiryMs: 59_500 })
      expect(await received).toEqual(['on', expect.objectContaining({ messageExpiryInterval: 60 })])
      await device.endAsync()
    })

    it('stays connected while it cannot read on, however long that takes', async () => {
      const { held } = hold(gate)
      const broker = await open({ receiveMaximum: 1, keepaliveSeconds: 1 })
      const device = await connect()
      const sent = Array.from({ length: 10 }, (_, index) => String(index))
      for (const payload of sent) device.publish(telemetry, payload, { qos: 0 })
      await until(() => held.length === 3)
      // More than twice what either side waits for the other.
      for (let waited = 0; waited < 35; waited += 1) {
        await delay(100)
        expect(broker.trouble).toBeUndefined()
      }
      expect(held).toHaveLength(3)

      gate.onUplink = (_publish, done) => done()
      for (const [, durable] of held) durable()
      await until(() => gate.uplinks.length === sent.length)
      expect(gate.uplinks.map(({ payload }) => payload.toString())).toEqual(sent)
    })

    it('has no more in flight than its receive maximum', async () => {
      const { held, next } = hold(gate)
      await open({ receiveMaximum: 10 })
      const device = await connect()
      for (let i = 0; i < 50; i += 1) device.publish(telemetry, String(i), { qos: 1 })
      await until(() => held.length === 10)
      await device.ping()
      await delay(50)
      expect(held.length).toBe(10)
      for (let i = 0; i < 50; i += 1) {
        const message = await next()
        expect(payloadOf(message)).toBe(String(i))
        message[1]()
      }
    })

    it('reads no further while too much of what nobody acknowledges (QoS 0) waits', async () => {
      const { held, next } = hold(gate)
      await open({ receiveMaximum: 10 })
      const device = await connect()
      for (let i = 0; i < 50; i += 1) device.publish(telemetry, String(i), { qos: 0 })
      await until(() => held.length === 21)
      await device.ping()
      await delay(50)
      expect(held.length).toBe(21)
      for (let i = 0; i < 50; i += 1) (await next())[1]()
    })

    it('two instances share the load, and each message is taken once', async () => {
      const taken: string[][] = [[], []]
      const gates = taken.map((list) => {
        const instanceGate = new FixtureGate()
        instanceGate.onUplink = ({ payload }, done) => {
          list.push(payload.toString())
          done()
        }
        return instanceGate
      })
      for (const [index, instanceGate] of gates.entries())
        await open({ gate: instanceGate, clientId: `instance-${index}` })
      const device = await connect()
      for (let i = 0; i < 400; i += 1) device.publish(telemetry, String(i), { qos: 1 })
      await until(() => taken.flat().length === 400)
      expect(new Set(taken.flat()).size).toBe(400)
      expect(Math.min(...taken.map((list) => list.length))).toBeGreaterThan(100)
    })

    it('what falls to an instance that is away waits for it', async () => {
      const here: string[] = []
      gate.onUplink = ({ payload }, done) => {
        here.push(payload.toString())
        done()
      }
      await open({ clientId: 'here' })
      const other = new FixtureGate()
      const away = await open({ gate: other, clientId: 'away' })
      await away.close()
      const device = await connect()
      for (let i = 0; i < 100; i += 1) device.publish(telemetry, String(i), { qos: 1 })
      for (let i = 0; i < 100; i += 1) await device.next('puback')
      await until(() => here.length === 50)
      await open({ gate: other, clientId: 'away' })
      await until(() => other.uplinks.length === 50)
      const all = [...here, ...other.uplinks.map(({ payload }) => payload.toString())]
      expect(new Set(all).size).toBe(100)
    })

    it('alone with plain subscriptions misses nothing while the broker restarts, not even before it is back itself', async () => {
      const { next } = hold(gate)
      const broker = await open({ isShared: false })
      await mosquitto.stop()
      await until(() => broker.trouble !== undefined)
      await broker.close()
      await mosquitto.run()
      const device = await connect()
      device.publish(telemetry, 'in between', { qos: 1 })
      await device.next('puback')
      await open({ isShared: false })
      expect(payloadOf(await next())).toBe('in between')
    })

    it('changes from plain to shared subscriptions and back without getting anything twice', async () => {
      const { held, next } = hold(gate)
      for (const isShared of [false, true, false]) {
        const broker = await open({ isShared })
        const device = await connect()
        device.publish(telemetry, `shared: ${isShared}`, { qos: 1 })
        const message = await next()
        expect(payloadOf(message)).toBe(`shared: ${isShared}`)
        message[1]()
        await device.next('puback')
        await broker.close()
      }
      expect(held).toEqual([])
    })

    it('an unknown device and a foreign topic are refused, kept, and hold up nobody', async () => {
      const { next } = hold(gate)
      await open()
      const observer = await connect('service/observer')
      observer.publish('org/acme/device/ghost/telemetry', 'boo', { qos: 1 })
      observer.publish(telemetry, 'real', { qos: 1 })
      expect(payloadOf(await next())).toBe('real')
      expect(gate.refusals).toMatchObject([
        {
          action: 'publish',
          who: 'unknown',
          publish: {
            principal: undefined,
            topic: 'org/acme/device/ghost/telemetry',
            payload: Buffer.from('boo'),
          },
        },
      ])
    })

    it('a refused publish is acknowledged only when it is kept', async () => {
      let isKept = false
      gate.refused = (_event, done) => {
        if (isKept) done?.()
        else {
          isKept = true
          done?.(new Error('the store is down'))
        }
      }
      const broker = await open()
      const observer = await connect('service/observer')
      observer.publish('org/acme/device/ghost/telemetry', 'boo', { qos: 1 })
      await until(() => broker.trouble?.message === 'the store is down')
      await until(() => broker.trouble === undefined)
      expect(isKept).toBe(true)
    })

    it('subscribes to the topics of a new class, and gives up those of one that is gone', async () => {
      const { held, next } = hold(gate)
      let filters = ['org/+/device/+/telemetry']
      const topics = { revision: 1, filters: (): readonly string[] => filters }
      const broker = await open({ topics, refreshMs: 60_000 })
      const device = await connect()
      filters = ['org/+/device/+/state']
      topics.revision += 1
      await broker.refresh()
      device.publish(telemetry, 'not any more', { qos: 1 })
      device.publish(`${own}/state`, 'now', { qos: 1 })
      expect(payloadOf(await next())).toBe('now')
      expect(held).toEqual([])
      expect(broker.statistics().subscriptions).toBe(1)
    })

    it('looks for new topics by itself', async () => {
      const topics = { revision: 1, filters: fleetTopics.filters }
      const broker = await open({ topics, refreshMs: 5 })
      topics.filters = () => ['a/+/b', 'org/+/device/+/telemetry', 'org/acme/device/pod/telemetry']
      topics.revision += 1
      await until(() => broker.statistics().subscriptions !== 3)
      expect(broker.statistics().subscriptions).toBe(2)
    })

    it('comes back when the broker does, and finds what the broker had kept for it', async () => {
      const { next } = hold(gate)
      const broker = await open()
      const device = await connect()
      device.publish(telemetry, 'before', { qos: 1 })
      await next()
      await mosquitto.stop()
      await until(() => broker.trouble !== undefined)
      await expect(broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })).rejects.toThrow(
        Unavailable,
      )
      await mosquitto.run()
      await until(() => broker.trouble === undefined)
      const [publish, done] = await next()
      expect(publish.payload.toString()).toBe('before')
      done()
      const back = await connect()
      back.publish(telemetry, 'after', { qos: 1 })
      expect(payloadOf(await next())).toBe('after')
    })

    it('subscribes anew at a broker that has forgotten everything', async () => {
      const { next } = hold(gate)
      const broker = await open()
      await mosquitto.stop('SIGKILL')
      await until(() => broker.trouble !== undefined)
      await mosquitto.run()
      await until(() => broker.trouble === undefined)
      const device = await connect()
      device.publish(telemetry, 'heard', { qos: 1 })
      expect(payloadOf(await next())).toBe('heard')
    })

    it('says which client id is in use twice', async () => {
      const first = await open({ clientId: 'same' })
      const second = await open({ clientId: 'same' })
      const told = (): string => `${first.trouble?.message} ${second.trouble?.message}`
      await until(() => told().includes('right after it was opened'))
      expect(told()).toContain('another client uses the client id same: each instance needs its own')
    })

    it('opens in trouble, and says why, when the broker refuses it', async () => {
      const warnings: object[] = []
      const logger = {
        info: () => undefined,
        warn: (fields: object) => warnings.push(fields),
        error: () => undefined,
      }
      const broker = await open({ password: 'wrong', openTimeoutMs: 600, logger })
      expect(broker.trouble?.message).toBe('Connection refused: Not authorized')
      expect(warnings).toEqual([{ reason: 'Connection refused: Not authorized' }])
    })

    it('an instance without topics publishes, and is sent nothing', async () => {
      const broker = await open({ topics: undefined })
      const device = await connect()
      await device.subscribe(`${own}/command`)
      device.publish(telemetry, 'for others', { qos: 1 })
      await device.next('puback')
      await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
      expect(text(await device.message())).toBe(`${own}/command on`)
      expect([broker.trouble, broker.statistics(), gate.uplinks]).toEqual([
        undefined,
        { connections: 1, subscriptions: 0 },
        [],
      ])
    })
  },
)
