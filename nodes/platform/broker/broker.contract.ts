/**
 * What every broker adapter does with MQTT 3.1.1: the behaviours that Eclipse Paho's interoperability suite asks for,
 * with the access rules of a fleet switched on.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FixtureGate } from './gate.fixture.ts'
import type { Broker } from './port.ts'
import { WireClient, text } from './wire-client.fixture.ts'
import type { WireOptions } from './wire-client.fixture.ts'

export type OpenBroker = (gate: FixtureGate) => Promise<Broker & { readonly port: number }>

const own = 'org/acme/device/pod'
const observer: WireOptions = { username: 'service/observer' }

export function describeBroker(name: string, open: OpenBroker): void {
  describe(`${name} speaks MQTT 3.1.1`, { timeout: 30_000 }, () => {
    let gate: FixtureGate
    let broker: Broker & { readonly port: number }
    const connect = async (options?: WireOptions): Promise<WireClient> => {
      const [client, connack] = await WireClient.connect(broker.port, options)
      expect(connack.returnCode).toBe(0)
      return client
    }

    beforeEach(async () => {
      gate = new FixtureGate()
      broker = await open(gate)
    })
    afterEach(() => broker.close())

    it('basic: connects, subscribes, and delivers QoS 0, 1 and 2', async () => {
      const [client, connack] = await WireClient.connect(broker.port)
      expect(connack).toMatchObject({ returnCode: 0, sessionPresent: false })
      expect((await client.subscribe([`${own}/chat`, 2])).granted).toEqual([2])
      client.publish(`${own}/chat`, 'zero')
      expect(await client.message()).toMatchObject({ topic: `${own}/chat`, qos: 0 })
      const one = client.publish(`${own}/chat`, 'one', { qos: 1 })
      expect(await client.next('puback')).toMatchObject({ messageId: one })
      expect(await client.message()).toMatchObject({ qos: 1 })
      const two = client.publish(`${own}/chat`, 'two', { qos: 2 })
      expect(await client.next('pubrec')).toMatchObject({ messageId: two })
      client.send({ cmd: 'pubrel', messageId: two })
      expect(await client.next('pubcomp')).toMatchObject({ messageId: two })
      expect(text(await client.message())).toBe(`${own}/chat two`)
      await client.disconnect()
    })

    it('closes a connection that says CONNECT twice, or anything else first', async () => {
      const twice = await connect()
      await expect(twice.connect()).rejects.toThrow('closed')
      const rude = await WireClient.open(broker.port)
      rude.send({ cmd: 'pingreq' })
      await rude.closed
      expect(gate.uplinks).toEqual([])
    })

    it('a second connection under the same client id ends the first', async () => {
      const first = await connect()
      const second = await connect()
      await first.closed
      await second.ping()
      expect(broker.statistics().connections).toBe(1)
    })

    it('retained messages: kept for later subscribers, replaced, taken away by an empty one', async () => {
      const service = await connect(observer)
      for (const qos of [0, 1, 2] as const) {
        await broker.publish({ topic: `${own}/kept/${qos}`, payload: `q${qos}`, qos: 1, retain: true })
      }
      await service.subscribe([`${own}/kept/+`, 2])
      const got = [await service.message(), await service.message(), await service.message()]
      expect(got.map(text).sort()).toEqual([0, 1, 2].map((qos) => `${own}/kept/${qos} q${qos}`))
      expect(got.every(({ retain }) => retain)).toBe(true)
      await broker.publish({ topic: `${own}/kept/0`, payload: 'new', qos: 1, retain: true })
      expect(await service.message()).toMatchObject({ retain: false })
      await broker.publish({ topic: `${own}/kept/0`, payload: '', qos: 1, retain: true })
      await service.message()
      const later = await connect({ username: 'service/later' })
      await later.subscribe([`${own}/kept/#`, 1])
      expect([text(await later.message()), text(await later.message())].sort()).toEqual([
        `${own}/kept/1 q1`,
        `${own}/kept/2 q2`,
      ])
      await later.ping()
      expect(later.unread('publish')).toEqual([])
    })

    it('last will: published when the connection breaks, not after DISCONNECT', async () => {
      const service = await connect(observer)
      await service.subscribe(`${own}/chat/#`)
      const will = (payload: string): WireOptions => ({
        will: { topic: `${own}/chat/will`, payload: Buffer.from(payload), qos: 1, retain: false },
      })
      const polite = await connect(will('not sent'))
      await polite.disconnect()
      const broken = await connect(will('sent'))
      await broken.drop()
      expect(text(await service.message())).toBe(`${own}/chat/will sent`)
    })

    it('zero-length client id: refused with 2 where a session is asked for, accepted for a clean one', async () => {
      const refused = await WireClient.open(broker.port)
      // mqtt-packet won't make such a packet: CONNECT, 12 bytes, MQTT 4, no flags, no keepalive, empty client id.
      refused.sendBytes(Buffer.from('100c00044d515454040000000000', 'hex'))
      expect((await refused.next('connack')).returnCode).toBe(2)
      await refused.closed
      const accepted = await connect({ clientId: '', clean: true })
      await accepted.ping()
    })

    it('offline message queueing: QoS 1 and 2 wait for a stored session, QoS 0 does not', async () => {
      const session: WireOptions = { clean: false }
      const client = await connect(session)
      await client.subscribe([`${own}/chat/#`, 2])
      await client.disconnect()
      const other = await connect({ username: 'service/other' })
      other.publish(`${own}/chat/0`, 'lost', { qos: 0 })
      other.publish(`${own}/chat/1`, 'one', { qos: 1 })
      await other.next('puback')
      const two = other.publish(`${own}/chat/2`, 'two', { qos: 2 })
      await other.next('pubrec')
      other.send({ cmd: 'pubrel', messageId: two })
      await other.next('pubcomp')
      const [back, connack] = await WireClient.connect(broker.port, session)
      expect(connack.sessionPresent).toBe(true)
      expect(text(await back.message())).toBe(`${own}/chat/1 one`)
      expect(text(await back.message())).toBe(`${own}/chat/2 two`)
      await back.ping()
      expect(back.unread('publish')).toEqual([])
    })

    it('a clean connect ends the stored session, its subscriptions and its queue', async () => {
      const client = await connect({ clean: false })
      await client.subscribe(`${own}/command`)
      await client.disconnect()
      await broker.publish({ topic: `${own}/command`, payload: 'waits', qos: 1 })
      const clean = await connect({ clean: true })
      await clean.disconnect()
      const [again, connack] = await WireClient.connect(broker.port, { clean: false })
      expect(connack.sessionPresent).toBe(false)
      await again.ping()
      expect(again.unread('publish')).toEqual([])
    })

    it('overlapping subscriptions: one copy, at the best QoS granted, online and offline', async () => {
      const client = await connect({ clean: false })
      await client.subscribe([`${own}/chat/#`, 2], [`${own}/chat/+`, 1])
      const service = await connect(observer)
      const send = async (payload: string): Promise<void> => {
        const messageId = service.publish(`${own}/chat/a`, payload, { qos: 2 })
        await service.next('pubrec')
        service.send({ cmd: 'pubrel', messageId })
        await service.next('pubcomp')
      }
      await send('online')
      expect(await client.message()).toMatchObject({ qos: 2 })
      await client.ping()
      expect(client.unread('publish')).toEqual([])
      await client.drop()
      await send('offline')
      const back = await connect({ clean: false })
      expect(await back.message()).toMatchObject({ qos: 2, payload: Buffer.from('offline') })
      await back.ping()
      expect(back.unread('publish')).toEqual([])
    })

    it('keepalive: a silent connection ends after one and a half times its interval, a pinging one stays', async () => {
      const service = await connect(observer)
      await service.subscribe(`${own}/chat`)
      const will = { topic: `${own}/chat`, payload: Buffer.from('gone'), qos: 1 as const, retain: false }
      const connectedAt = performance.now()
      const silent = await connect({ keepalive: 1, will })
      await silent.closed
      expect(performance.now() - connectedAt).toBeGreaterThanOrEqual(1450)
      expect(text(await service.message())).toBe(`${own}/chat gone`)
      await service.ping()
    })

    it('delivers at the QoS that was granted at most, new messages and retained ones', async () => {
      const low = await connect({ username: 'service/low' })
      await low.subscribe([`${own}/+`, 0])
      const middle = await connect({ username: 'service/middle' })
      await middle.subscribe([`${own}/#`, 1])
      const service = await connect(observer)
      service.publish(`${own}/x`, 'all', { qos: 2, retain: true })
      await service.next('pubrec')
      expect([(await low.message()).qos, (await middle.message()).qos]).toEqual([0, 1])
      const later = await connect({ username: 'service/later' })
      await later.subscribe([`${own}/+`, 0])
      expect(await later.message()).toMatchObject({ qos: 0, retain: true })
    })

    it('CONNACK comes first, also when messages arrive while a session is being restored', async () => {
      const will = { topic: `${own}/chat/will`, payload: Buffer.from('gone'), qos: 1 as const, retain: false }
      const before = await connect({ clean: false, will })
      await before.subscribe(`${own}/command`)
      await before.disconnect()
      const maySubscribe = gate.maySubscribe.bind(gate)
      let published: Promise<void> | undefined
      gate.maySubscribe = (principal, pattern) => {
        published ??= broker.publish({ topic: `${own}/command`, payload: 'meanwhile', qos: 1 })
        return maySubscribe(principal, pattern)
      }
      const back = await connect({ clean: false, will })
      expect(text(await back.message())).toBe(`${own}/command meanwhile`)
      await published
      await back.ping()
      expect(back.arrived).toEqual(['connack', 'publish', 'pingresp'])
    })

    it('redelivery on reconnect: what was not acknowledged comes again, same identifier, marked as such', async () => {
      const client = await connect({ clean: false })
      await client.subscribe([`${own}/command`, 2])
      const service = await connect(observer)
      await broker.publish({ topic: `${own}/command`, payload: 'one', qos: 1 })
      const messageId = service.publish(`${own}/command`, 'two', { qos: 2 })
      await service.next('pubrec')
      service.send({ cmd: 'pubrel', messageId })
      const one = await client.next('publish')
      const two = await client.next('publish')
      expect([one.dup, two.dup]).toEqual([false, false])
      client.send({ cmd: 'pubrec', messageId: two.messageId ?? 0 })
      await client.next('pubrel')
      await client.drop()
      const back = await connect({ clean: false })
      expect(await back.message()).toMatchObject({ messageId: one.messageId, dup: true, qos: 1 })
      expect(await back.next('pubrel')).toMatchObject({ messageId: two.messageId })
      back.send({ cmd: 'pubcomp', messageId: two.messageId ?? 0 })
      await back.ping()
      await back.drop()
      const third = await connect({ clean: false })
      await third.ping()
      expect([...third.unread('publish'), ...third.unread('pubrel')]).toEqual([])
    })

    it('a QoS 2 message sent twice is taken once', async () => {
      const client = await connect({ clean: false })
      const messageId = client.publish(`${own}/telemetry`, '{}', { qos: 2 })
      await client.next('pubrec')
      await client.drop()
      const back = await connect({ clean: false })
      back.publish(`${own}/telemetry`, '{}', { qos: 2, messageId, dup: true })
      await back.next('pubrec')
      back.send({ cmd: 'pubrel', messageId })
      await back.next('pubcomp')
      expect(gate.uplinks).toHaveLength(1)
    })

    it('subscribe failure: a filter that is not allowed is refused with 128, its neighbours are granted', async () => {
      const client = await connect({ clean: false })
      const suback = await client.subscribe(`${own}/command`, 'org/acme/device/other/command', [
        `${own}/chat`,
        2,
      ])
      expect(suback.granted).toEqual([1, 128, 2])
      await client.drop()
      await broker.publish({ topic: 'org/acme/device/other/command', payload: 'secret', qos: 1 })
      const back = await connect({ clean: false })
      await back.ping()
      expect(back.unread('publish')).toEqual([])
    })

    it('$-topics: wildcards do not match them', async () => {
      const service = await connect(observer)
      await service.subscribe(['#', 1], ['+/#', 1])
      const other = await connect({ username: 'service/other' })
      await other.disconnect()
      await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
      expect(text(await service.message())).toBe(`${own}/command on`)
      await service.ping()
      expect(service.unread('publish')).toEqual([])
    })

    it('unsubscribe: nothing more arrives, the other subscriptions stay', async () => {
      const client = await connect()
      await client.subscribe(`${own}/a`, `${own}/b`)
      await client.unsubscribe(`${own}/a`, `${own}/never`)
      await broker.publish({ topic: `${own}/a`, payload: 'no', qos: 1 })
      await broker.publish({ topic: `${own}/b`, payload: 'yes', qos: 1 })
      expect(text(await client.message())).toBe(`${own}/b yes`)
    })
  })
}
