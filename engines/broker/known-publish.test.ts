import * as fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { type KnownPublish, readKnownPublish } from './known-publish.ts'

const topic = 'org/acme/device/pod-1/telemetry'
const topicBytes = Buffer.from(topic)

interface Sent {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
  readonly dup: boolean
  readonly messageId: number
}

const encode = ({ qos, dup, ...sent }: Sent): Buffer =>
  mqttPacket.generate({ cmd: 'publish', qos, dup: qos > 0 && dup, ...sent })

const known: Sent = { topic, payload: Buffer.from('{}'), qos: 1, retain: false, dup: false, messageId: 7 }

function read(chunk: Uint8Array, start = 0): KnownPublish | undefined {
  const into: KnownPublish = { messageId: 0, payloadStart: 0, end: 0 }
  return readKnownPublish(chunk, start, topicBytes, into) ? into : undefined
}

const publishes = fc.record({
  topic: fc.oneof(fc.constant(topic), fc.constantFrom(`${topic}s`, 'org/acme/device/pod-2/telemetry', 't')),
  payload: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0, 1, 2),
  retain: fc.boolean(),
  dup: fc.boolean(),
  messageId: fc.integer({ min: 1, max: 65_535 }),
})

describe('a publish on a known topic', () => {
  it('is read as the parser reads it, and nothing else is read', () => {
    fc.assert(
      fc.property(publishes, fc.uint8Array({ maxLength: 20 }), (sent, before) => {
        const packet = encode(sent)
        const end = before.length + packet.length
        const isKnown = sent.topic === topic && sent.qos === 1 && !sent.retain
        expect(read(Buffer.concat([before, packet, Buffer.from([0x32])]), before.length)).toEqual(
          isKnown ? { messageId: sent.messageId, payloadStart: end - sent.payload.length, end } : undefined,
        )
      }),
    )
  })

  it('is left alone while a byte of it is missing', () => {
    const packet = encode({ ...known, payload: Buffer.alloc(300) })
    for (let end = 0; end < packet.length; end++) expect(read(packet.subarray(0, end))).toBeUndefined()
    expect(read(packet)).toBeDefined()
  })

  it('is left alone when its length needs three bytes or is written longer than it needs to be', () => {
    expect(read(encode({ ...known, payload: Buffer.alloc(20_000) }))).toBeUndefined()
    const packet = encode(known)
    const padded = Buffer.concat([Buffer.from([0x32, (packet[1] ?? 0) | 0x80, 0]), packet.subarray(2)])
    expect(read(padded)).toBeUndefined()
  })

  it('is left alone when its packet identifier is zero (MQTT 3.1.1, 2.3.1)', () => {
    const packet = encode(known)
    packet.writeUInt16BE(0, packet.length - 4)
    expect(read(packet)).toBeUndefined()
  })

  it('is not found in random bytes, and reading them does no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(300), (bytes, start) => {
        expect(read(bytes, start)).toBeUndefined()
      }),
    )
  })
})
