/**
 * What every broker adapter does for the platform, whoever speaks to the devices. What only a broker of our own can
 * promise (a device's PUBACK after the durable append, closing a revoked device's connections, who is connected) is in
 * the tests of the embedded one.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FixtureGate } from './gate.fixture.ts'
import type { Broker, InboundPublish } from './port.ts'
import { WireClient, text } from './wire-client.fixture.ts'
import type { WireOptions } from './wire-client.fixture.ts'

export interface OpenedBroker {
  readonly broker: Broker
  /** Where devices connect, as `acme/pod` or `acme/other` with the password `secret`. */
  readonly port: number
  /** What else was opened for it. */
  close?(): Promise<void>
}

const own = 'org/acme/device/pod'
const telemetry = `${own}/telemetry`

export function describeBrokerPort(name: string, open: (gate: FixtureGate) => Promise<OpenedBroker>): void {
  describe(`${name} does for the platform`, { timeout: 30_000 }, () => {
    let gate: FixtureGate
    let opened: OpenedBroker
    const connect = async (options?: WireOptions): Promise<WireClient> => {
      const [client, connack] = await WireClient.connect(opened.port, options)
      expect(connack.returnCode).toBe(0)
      return client
    }
    /** Resolves with the next uplinks that the gate is given, all durable at once. */
    const uplinks = (count: number): Promise<readonly InboundPublish[]> =>
      new Promise((resolve) => {
        const taken: InboundPublish[] = []
        gate.onUplink = (publish, done) => {
          taken.push(publish)
          done()
          if (taken.length === count) resolve(taken)
        }
      })

    beforeEach(async () => {
      gate = new FixtureGate()
      opened = await open(gate)
    })
    afterEach(async () => {
      await opened.broker.close()
      await opened.close?.()
    })

    it('is open without trouble', () => {
      expect(opened.broker.trouble).toBeUndefined()
      expect(opened.broker.statistics().connections).toBeGreaterThanOrEqual(0)
    })

    it.each([0, 1] as const)(
      'hands over what a device publishes with QoS %i: who, where and what',
      async (qos) => {
        const arrived = uplinks(1)
        const device = await connect()
        device.publish(telemetry, '{"a":1}', { qos })
        const [publish] = await arrived
        expect(publish).toMatchObject({
          principal: { kind: 'device', orgId: 'acme', deviceId: 'pod' },
          topic: telemetry,
          qos,
        })
        expect(publish?.payload.toString()).toBe('{"a":1}')
      },
    )

    it('keeps any bytes, and payloads of 60 kB', async () => {
      const arrived = uplinks(2)
      const device = await connect()
      const bytes = Buffer.alloc(60_000, 0xf5)
      const send = (payload: Buffer): void =>
        device.send({ cmd: 'publish', topic: telemetry, payload, qos: 0, dup: false, retain: false })
      send(bytes)
      send(Buffer.from([0, 255, 128]))
      const [large, small] = await arrived
      expect(large?.payload.equals(bytes)).toBe(true)
      expect(small?.payload).toEqual(Buffer.from([0, 255, 128]))
    })

    it('keeps the order of a device, also beyond what may be in flight', async () => {
      const arrived = uplinks(3000)
      const device = await connect()
      for (let i = 0; i < 3000; i += 1) device.publish(telemetry, String(i), { qos: 1 })
      const order = (await arrived).map(({ payload }) => Number(payload.toString()))
      expect(order).toEqual(Array.from({ length: 3000 }, (_, i) => i))
    })

    it('what becomes durable late holds up nothing that came after it', async () => {
      const held: (() => void)[] = []
      const both = new Promise<readonly string[]>((resolve) => {
        const seen: string[] = []
        gate.onUplink = ({ topic }, done) => {
          held.push(done)
          if (seen.push(topic) === 2) resolve(seen)
        }
      })
      const device = await connect()
      const other = await connect({ username: 'acme/other' })
      device.publish(telemetry, '1', { qos: 1 })
      await device.ping()
      other.publish('org/acme/device/other/telemetry', '2', { qos: 1 })
      expect([...(await both)].sort()).toEqual(['org/acme/device/other/telemetry', telemetry])
      for (const done of held.toReversed()) done()
    })

    it('a last will arrives like any other message when the connection breaks', async () => {
      const arrived = uplinks(1)
      const will = {
        topic: `${own}/lifecycle`,
        payload: Buffer.from('offline'),
        qos: 1 as const,
        retain: false,
      }
      const device = await connect({ will })
      await device.drop()
      const [publish] = await arrived
      expect([publish?.topic, publish?.payload.toString()]).toEqual([`${own}/lifecycle`, 'offline'])
    })

    it('what a device publishes for others only is no uplink', async () => {
      const arrived = uplinks(1)
      const device = await connect()
      device.publish(`${own}/chat`, 'between us', { qos: 1 })
      device.publish(telemetry, 'for the platform', { qos: 1 })
      expect((await arrived).map(({ topic }) => topic)).toEqual([telemetry])
      expect(gate.refusals).toEqual([])
    })

    it('publishes to a device that listens, and to one that comes back later', async () => {
      const device = await connect({ clean: false })
      await device.subscribe(`${own}/command`)
      await opened.broker.publish({ topic: `${own}/command`, payload: 'now', qos: 1 })
      expect(text(await device.message())).toBe(`${own}/command now`)
      await device.drop()
      await opened.broker.publish({ topic: `${own}/command`, payload: Buffer.from('later'), qos: 1 })
      const back = await connect({ clean: false })
      expect(text(await back.message())).toBe(`${own}/command later`)
    })

    it('publishes retained messages for whoever subscribes later', async () => {
      await opened.broker.publish({ topic: `${own}/chat/kept`, payload: 'config', qos: 1, retain: true })
      const device = await connect()
      await device.subscribe(`${own}/chat/kept`)
      expect(await device.message()).toMatchObject({ retain: true, payload: Buffer.from('config') })
    })

    it('publishes where nobody listens without complaint', async () => {
      await expect(
        opened.broker.publish({ topic: `${own}/command`, payload: 'x', qos: 1 }),
      ).resolves.toBeUndefined()
      await expect(
        opened.broker.publish({ topic: `${own}/command`, payload: 'x', qos: 0 }),
      ).resolves.toBeUndefined()
    })

    it('may be closed twice, and hands over nothing any more', async () => {
      const device = await connect()
      await opened.broker.close()
      await opened.broker.close()
      device.publish(telemetry, 'too late', { qos: 1 })
      await device.ping().catch(() => device.closed)
      expect(gate.uplinks).toEqual([])
    })
  })
}
