import { parser } from 'mqtt-packet'
import type { Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { PublishEncoder, variableLength } from './publish-encoder.ts'

function parse(bytes: Buffer): Packet[] {
  const packets: Packet[] = []
  const reader = parser()
  reader.on('packet', (packet) => packets.push(packet))
  reader.parse(bytes)
  return packets
}

function encode(topic: string, messages: readonly [number, number, number, number][]): Buffer {
  const encoder = new PublishEncoder(topic)
  const target = Buffer.alloc(encoder.packetBytes * messages.length)
  let at = 0
  for (const [id, tsMs, pair, tenths] of messages) at = encoder.encodeInto(target, at, id, tsMs, pair, tenths)
  expect(at).toBe(target.length)
  return target
}

describe('the publish encoder', () => {
  const ts = Date.parse('2025-09-06T12:00:00.123Z')

  it('writes packets that mqtt-packet reads as the port-monitor format', () => {
    const packets = parse(
      encode('org/o1/device/d1/telemetry', [
        [1, ts, 0, 305],
        [513, ts + 999, 3, 7],
      ]),
    )
    expect(
      packets.map((packet) => (packet.cmd === 'publish' ? packet.payload.toString() : packet.cmd)),
    ).toEqual([
      '{"ts":"2025-09-06T12:00:00.123Z","readings":[{"port":1,"value":230.5},{"port":2,"value":0}]}',
      '{"ts":"2025-09-06T12:00:01.122Z","readings":[{"port":7,"value":200.7},{"port":8,"value":0}]}',
    ])
    expect(packets).toMatchObject([
      { topic: 'org/o1/device/d1/telemetry', qos: 1, messageId: 1, dup: false, retain: false },
      { topic: 'org/o1/device/d1/telemetry', qos: 1, messageId: 513 },
    ])
  })

  it('is not mistaken by a topic that looks like the payload', () => {
    const [packet] = parse(encode('org/200.0/device/"port":1"port":2/telemetry', [[9, ts, 1, 999]]))
    expect(packet).toMatchObject({ topic: 'org/200.0/device/"port":1"port":2/telemetry', messageId: 9 })
    expect(packet?.cmd === 'publish' && JSON.parse(packet.payload.toString())).toEqual({
      ts: '2025-09-06T12:00:00.123Z',
      readings: [
        { port: 3, value: 299.9 },
        { port: 4, value: 0 },
      ],
    })
  })

  it('encodes the lengths that the standard gives as examples', () => {
    expect([0, 127, 128, 16_383, 16_384].map(variableLength)).toEqual([
      [0],
      [0x7f],
      [0x80, 0x01],
      [0xff, 0x7f],
      [0x80, 0x80, 0x01],
    ])
  })
})
