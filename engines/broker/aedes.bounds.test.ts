import { afterEach, describe, expect, it } from 'vitest'
import { openTestBroker } from './aedes.fixture.ts'
import type { AedesBroker, AedesBrokerOptions } from './aedes.ts'
import { Allowances } from '../../nodes/platform/allowances.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import { WireClient } from '../../nodes/platform/broker/wire-client.fixture.ts'
import type { WireOptions } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'

describe(
  'what a connection, a device or a stranger can hold of the embedded broker',
  { timeout: 30_000 },
  () => {
    let gate: FixtureGate
    let broker: AedesBroker
    const open = async (options: Partial<AedesBrokerOptions> = {}): Promise<void> => {
      gate = new FixtureGate()
      broker = await openTestBroker(gate, options)
    }
    const connect = async (options?: WireOptions): Promise<WireClient> => {
      const [client, connack] = await WireClient.connect(broker.port, options)
      expect(connack.returnCode).toBe(0)
      return client
    }
    afterEach(() => broker.close())

    it('takes only so many QoS 2 messages without PUBREL, over connections too', async () => {
      await open({ maxUnreleased: 3 })
      const first = await connect({ clean: false })
      for (const messageId of [1, 2]) {
        first.publish(`${own}/telemetry`, 'x', { qos: 2, messageId })
        await first.next('pubrec')
      }
      await first.drop()
      const second = await connect({ clean: false })
      second.publish(`${own}/telemetry`, 'x', { qos: 2, messageId: 3 })
      await second.next('pubrec')
      second.publish(`${own}/telemetry`, 'again', { qos: 2, messageId: 3, dup: true })
      await second.next('pubrec')
      second.send({ cmd: 'pubrel', messageId: 1 })
      await second.next('pubcomp')
      second.publish(`${own}/telemetry`, 'x', { qos: 2, messageId: 4 })
      await second.next('pubrec')
      second.publish(`${own}/telemetry`, 'one too many', { qos: 2, messageId: 5 })
      await second.closed
      expect(gate.uplinks.map(({ payload }) => payload.toString())).toEqual(['x', 'x', 'x', 'x'])
    })

    it('lets a device hold only so many connections, and closes its oldest', async () => {
      await open({ maxConnectionsPerDevice: 2 })
      const first = await connect({ clientId: 'pod/1' })
      const second = await connect({ clientId: 'pod/2' })
      const other = await connect({ username: 'acme/other' })
      const third = await connect({ clientId: 'pod/3' })
      await first.closed
      await Promise.all([second.ping(), third.ping(), other.ping()])
      expect(broker.statistics().connections).toBe(3)
    })

    it('turns away who keeps sending rubbish at the door, and nobody else who is connected', async () => {
      await open({ offences: new Allowances({ perSecond: 0, burst: 3 }) })
      const device = await connect()
      for (let i = 0; i < 3; i += 1) {
        const rude = await WireClient.open(broker.port)
        rude.sendBytes(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]))
        await rude.closed
      }
      const next = await WireClient.open(broker.port)
      await next.closed
      await device.ping()
      expect(broker.statistics().connections).toBe(1)
    })

    it('lets a device connect only so often, and nobody else pays for it', async () => {
      await open({ connectsOfDevice: { perSecond: 0, burst: 2 } })
      for (let i = 0; i < 2; i += 1) await (await connect()).drop()
      const [refused, connack] = await WireClient.connect(broker.port)
      expect(connack.returnCode).toBe(3)
      await refused.closed
      await (await connect({ username: 'acme/other' })).ping()
    })

    it('does not hold wrong passwords against who has the right one', async () => {
      await open({ offences: new Allowances({ perSecond: 0, burst: 1 }) })
      for (let i = 0; i < 3; i += 1)
        await expect(connect({ password: 'wrong' })).rejects.toThrow('expected 4')
      await (await connect()).ping()
    })

    it('lets strangers who say nothing take no place from a device', async () => {
      await open({ maxPendingConnections: 3 })
      const device = await connect()
      const strangers = [
        await WireClient.open(broker.port),
        await WireClient.open(broker.port),
        await WireClient.open(broker.port),
      ]
      const late = await connect({ username: 'acme/late' })
      await strangers[0]?.closed
      await Promise.all([device.ping(), late.ping()])
      expect(strangers.map(({ isClosed }) => isClosed)).toEqual([true, false, false])
    })
  },
)
