import * as fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestBroker } from './aedes.fixture.ts'
import type { AedesBroker } from './aedes.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import { WireClient } from '../../nodes/platform/broker/wire-client.fixture.ts'

const usual = 'org/acme/device/pod/telemetry'
const other = 'org/acme/device/pod/lifecycle'

interface Sent {
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly dup: boolean
  readonly bytes: number
}

const encode = ({ topic, qos, dup, bytes }: Sent, index: number): Buffer =>
  mqttPacket.generate({
    cmd: 'publish',
    topic,
    qos,
    dup: qos > 0 && dup,
    retain: false,
    messageId: index + 1,
    payload: Buffer.from(String(index).padEnd(bytes)),
  })

const publishes = fc.array(
  fc.record({
    topic: fc.oneof({ arbitrary: fc.constant(usual), weight: 5 }, fc.constant(other)),
    qos: fc.oneof({ arbitrary: fc.constant<1>(1), weight: 5 }, fc.constantFrom<0 | 2>(0, 2)),
    dup: fc.boolean(),
    bytes: fc.oneof({ arbitrary: fc.integer({ min: 4, max: 200 }), weight: 9 }, fc.constant(20_000)),
  }),
  { minLength: 1, maxLength: 60 },
)

describe('publishes on the usual topic', { timeout: 60_000 }, () => {
  let gate: FixtureGate
  let broker: AedesBroker
  let client: WireClient

  beforeEach(async () => {
    gate = new FixtureGate()
    broker = await openTestBroker(gate)
    client = await connected()
  })
  afterEach(async () => {
    await broker.close()
  })

  async function connected(): Promise<WireClient> {
    const [opened] = await WireClient.connect(broker.port)
    opened.publish(usual, 'the first', { qos: 1, messageId: 60_000 })
    await opened.next('puback')
    return opened
  }

  it('reach the gate in order among all others, each acknowledged, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(publishes, fc.array(fc.integer({ min: 1, max: 30_000 })), async (sent, cuts) => {
        gate.uplinks.length = 0
        const bytes = Buffer.concat(sent.map(encode))
        let at = 0
        for (const cut of [...cuts, bytes.length]) {
          client.sendBytes(bytes.subarray(at, at + cut))
          at += cut
          await new Promise((resolve) => setImmediate(resolve))
        }
        const answered = async (qos: 1 | 2, answer: 'puback' | 'pubrec'): Promise<void> => {
          for (const [index] of [...sent.entries()].filter(([, one]) => one.qos === qos)) {
            expect(await client.next(answer)).toMatchObject({ messageId: index + 1 })
            if (answer === 'pubrec') client.send({ cmd: 'pubrel', messageId: index + 1 })
          }
        }
        await Promise.all([answered(1, 'puback'), answered(2, 'pubrec')])
        await client.ping()
        expect(
          gate.uplinks.map(({ topic, qos, payload }) => [Number(payload.toString()), topic, qos]),
        ).toEqual(sent.map(({ topic, qos }, index) => [index, topic, qos]))
        for (const _ of client.unread('pubcomp')) await client.next('pubcomp')
      }),
      { numRuns: 60 },
    )
  })

  it('go to the subscriber as soon as there is one', async () => {
    const [service] = await WireClient.connect(broker.port, { username: 'service/observer' })
    client.publish(usual, 'unheard', { qos: 1 })
    await client.next('puback')
    await service.subscribe(usual)
    client.publish(usual, 'heard', { qos: 1 })

    expect((await service.message()).payload.toString()).toBe('heard')
    await client.next('puback')
    expect(gate.uplinks.map(({ payload }) => payload.toString())).toEqual(['the first', 'unheard', 'heard'])
  })

  it('are refused from the moment the gate refuses them', async () => {
    client.publish(usual, 'still', { qos: 1 })
    await client.next('puback')
    gate.revoke('pod')
    client.publish(usual, 'no more', { qos: 1 })
    await client.closed

    expect(gate.refusals.map(({ action }) => action)).toEqual(['publish'])
    expect(gate.uplinks.map(({ payload }) => payload.toString())).toEqual(['the first', 'still'])
  })

  it('are not acknowledged when they could not be made durable, and the connection ends', async () => {
    gate.onUplink = (_publish, done) => done(new Error('disk full'))
    client.publish(usual, 'lost', { qos: 1 })
    await client.closed

    expect(client.unread('puback')).toEqual([])
  })

  it('are read on only as far as a window of them waits, and all come through in the end', async () => {
    const held: (() => void)[] = []
    const filled = Promise.withResolvers<void>()
    gate.onUplink = (_publish, done) => {
      held.push(() => done())
      if (held.length === 8) filled.resolve()
    }
    const payload = 'x'.repeat(8192)
    for (let index = 0; index < 400; index++) client.publish(usual, payload, { qos: 1 })
    await filled.promise
    // Another connection's round trips: whatever could be read here has been read.
    const neighbour = await WireClient.open(broker.port)
    await neighbour.connect({ username: 'acme/other' })
    for (let round = 0; round < 20; round++) await neighbour.ping()
    // One read of the socket takes 64 KiB, so one window and one read may be in hand.
    expect(held.length).toBeLessThan(20)

    gate.onUplink = (_publish, done) => done()
    for (const done of held) done()
    for (let index = 0; index < 400; index++) await client.next('puback')
  })

  it('are all taken once, and acknowledged, from a device that reads its acknowledgments late', async () => {
    client.stream.pause()
    for (let index = 0; index < 20_000; index++) client.publish(usual, 'x', { qos: 1 })
    const [neighbour] = await WireClient.connect(broker.port, { username: 'acme/other' })
    await neighbour.ping()
    client.stream.resume()
    for (let index = 0; index < 20_000; index++) await client.next('puback')
    expect(gate.uplinks).toHaveLength(20_001)
  })
})
