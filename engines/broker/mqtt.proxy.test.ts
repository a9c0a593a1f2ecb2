import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, type TestContext, vi } from 'vitest'
import { Unavailable } from '../../nodes/platform/kit/unavailable.ts'
import { FaultyProxy } from '../../nodes/platform/testing/faulty-proxy.fixture.ts'
import { mosquittoIsMissing } from './external/mosquitto.fixture.ts'
import { openOnMosquitto, startFleetMosquitto } from './external/open-on-mosquitto.fixture.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import { WireClient, text } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'
const telemetry = `${own}/telemetry`
/** As short as it can be: the seconds of MQTT are whole. */
const keepaliveSeconds = 1

describe.skipIf(mosquittoIsMissing)(
  'an external broker over a network that fails (needs mosquitto)',
  { timeout: 30_000 },
  () => {
    /** A broker, devices that reach it, and us behind a proxy; tests that mostly wait do so at the same time. */
    async function open({ onTestFinished }: TestContext) {
      const gate = new FixtureGate()
      const mosquitto = await startFleetMosquitto()
      const proxy = await FaultyProxy.open(mosquitto.port)
      const broker = await openOnMosquitto(mosquitto, gate, {
        url: `mqtt://127.0.0.1:${proxy.port}`,
        keepaliveSeconds,
        closeTimeoutMs: 100,
        publishTimeoutMs: 2_500,
      })
      const [device] = await WireClient.connect(mosquitto.port)
      onTestFinished(async () => {
        await proxy.heal()
        await broker.close()
        await proxy[Symbol.asyncDispose]()
        await mosquitto[Symbol.asyncDispose]()
      })
      const taken = (): readonly string[] => gate.uplinks.map(({ payload }) => payload.toString())
      return {
        gate,
        proxy,
        broker,
        device,
        taken,
        /** Resolves when the broker has answered for each. */
        acknowledged: async (...payloads: readonly string[]): Promise<void> => {
          for (const payload of payloads) device.publish(telemetry, payload, { qos: 1 })
          for (const _ of payloads) await device.next('puback')
        },
        isInTrouble: () => vi.waitUntil(() => broker.trouble !== undefined, { interval: 5, timeout: 5_000 }),
        isBack: () => vi.waitUntil(() => broker.trouble === undefined, { interval: 5, timeout: 15_000 }),
        hasTaken: (payloads: readonly string[]) =>
          vi.waitFor(() => expect([...new Set(taken())]).toEqual(payloads), { timeout: 15_000 }),
        publish: () => broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 }),
      }
    }

    it.concurrent('that goes half-open is in trouble after one and a half times the keepalive; it is heard again, with all that it had', async (context) => {
      const { proxy, acknowledged, isInTrouble, isBack, hasTaken, publish } = await open(context)
      await acknowledged('before')
      proxy.silence()
      const silentMs = performance.now()
      await acknowledged('during')
      const [unanswered, noticedMs] = await Promise.all([
        publish().catch((error: unknown) => error),
        isInTrouble().then(() => performance.now() - silentMs),
      ])
      expect(unanswered).toBeInstanceOf(Unavailable)
      expect(noticedMs).toBeLessThan(2_500)
      await expect(publish()).rejects.toThrow('cannot be reached')
      await proxy.heal()
      await isBack()
      await acknowledged('after')
      await hasTaken(['before', 'during', 'after'])
      await publish()
    })

    it.concurrent.for([
      ['hang', 5_000],
      ['refuse', 2_000],
    ] as const)(
      'in a partition (%s) of %i ms loses nothing that was acknowledged, keeps its order and says that it is away',
      async ([kind, forMs], context) => {
        const { proxy, broker, acknowledged, isInTrouble, isBack, hasTaken, publish } = await open(context)
        const all = Array.from({ length: 100 }, (_, n) => `reading ${n}`)
        await acknowledged(...all.slice(0, 20))
        await proxy.partition(kind)
        await acknowledged(...all.slice(20, 50))
        await isInTrouble()
        await vi.waitUntil(() => broker.statistics().connections === 0)
        await sleep(forMs)
        await acknowledged(...all.slice(50, 80))
        await expect(publish()).rejects.toThrow(Unavailable)
        await proxy.heal()
        const healedMs = performance.now()
        await isBack()
        expect(performance.now() - healedMs).toBeLessThan(12_000)
        await acknowledged(...all.slice(80))
        await hasTaken(all)
        await publish()
      },
    )

    it('sends again what our acknowledgment of was lost, and it is taken again', async (context) => {
      const { gate, proxy, taken, acknowledged, isInTrouble, isBack } = await open(context)
      // What we send next is a PUBACK.
      gate.onUplink = (_publish, done) => {
        proxy.resetAfter(0, 'toServer')
        done()
      }
      await acknowledged('reading')
      await vi.waitUntil(() => proxy.isBroken)
      await isInTrouble()
      gate.onUplink = (_publish, done) => done()
      await proxy.heal()
      await isBack()
      await vi.waitFor(() => expect(taken()).toEqual(['reading', 'reading']), 5_000)
    })

    it('loses nothing when connections are reset at any byte', async (context) => {
      const { proxy, taken, acknowledged, isInTrouble, isBack } = await open(context)
      const all = Array.from({ length: 300 }, (_, n) => `reading ${n}`)
      const sending = (async () => {
        for (let at = 0; at < all.length; at += 5) {
          await acknowledged(...all.slice(at, at + 5))
          await sleep(10)
        }
      })()
      for (const bytes of [3, 501, 2_003]) {
        proxy.resetAfter(bytes)
        await vi.waitUntil(() => proxy.isBroken, { interval: 1, timeout: 10_000 })
        await proxy.heal()
        await isInTrouble()
        await isBack()
      }
      await sending
      await vi.waitFor(() => expect(new Set(taken())).toEqual(new Set(all)), 10_000)
    })

    it('is understood in a trickle', async (context) => {
      const { proxy, broker, device, acknowledged, hasTaken } = await open(context)
      await device.subscribe(`${own}/command`)
      proxy.trickle()
      await acknowledged('drip', 'drop')
      await hasTaken(['drip', 'drop'])
      const published = broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
      expect(text(await device.message())).toBe(`${own}/command on`)
      await published
    })

    it('is given a command again when its answer was lost, and the device has it', async (context) => {
      const { proxy, broker, device } = await open(context)
      await device.subscribe(`${own}/command`)
      const lost = proxy.loseAnswerTo('switch on')
      const published = broker.publish({ topic: `${own}/command`, payload: 'switch on', qos: 1 })
      await lost
      await published
      for (const _ of ['the first time', 'again'])
        expect(text(await device.message())).toBe(`${own}/command switch on`)
    })
  },
)
