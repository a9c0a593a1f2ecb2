import * as fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { PacketLimit } from './packet-limit.ts'

const connect = mqttPacket.generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'pod',
  keepalive: 0,
})
const publish = (bytes: number): Buffer =>
  mqttPacket.generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bytes),
    qos: 0,
    dup: false,
    retain: false,
  })

/** Shows the bytes in pieces of the given sizes, the last one repeated. */
function inspect(limit: PacketLimit, bytes: Buffer, sizes: readonly number[]): string | undefined {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? 1
    const problem = limit.inspect(bytes.subarray(at, at + size))
    if (problem !== undefined) return problem
    at += size
  }
  return undefined
}

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 })

describe('the packet limit', () => {
  it('lets packets up to the limit pass and no longer one, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 497 })),
        fc.option(fc.integer({ min: 498, max: 70_000 })),
        sizes,
        (fitting, tooLong, cuts) => {
          const packets = [...fitting, ...(tooLong === null ? [] : [tooLong])].map(publish)
          const problem = inspect(new PacketLimit(500), Buffer.concat([connect, ...packets]), cuts)
          expect(problem?.includes('claimed')).toBe(tooLong === null ? undefined : true)
        },
      ),
    )
  })

  it('knows where a packet ends', () => {
    const limit = new PacketLimit(1000)
    const bytes = Buffer.concat([connect, publish(3)])
    const ends = [...bytes.keys()].filter((at) => {
      limit.inspect(bytes.subarray(at, at + 1))
      return limit.isBetweenPackets
    })
    expect(ends).toEqual([connect.length - 1, bytes.length - 1])
  })

  it('refuses by the claim alone', () => {
    const limit = new PacketLimit(69_632)
    expect(limit.inspect(connect)).toBeUndefined()
    expect(limit.inspect(Buffer.from([0x30, 0xff, 0xff]))).toBeUndefined()
    expect(limit.inspect(Buffer.from([0xff]))).toContain('claimed')
  })

  it('takes only CONNECT first, and a short one', () => {
    expect(new PacketLimit(1000).inspect(publish(1))).toBe('the first packet is not CONNECT')
    expect(new PacketLimit(1_000_000).inspect(Buffer.from([0x10, 0x81, 0x80, 0x01]))).toContain('claimed')
  })

  it('refuses a remaining length of more than four bytes (MQTT 3.1.1, 2.2.3)', () => {
    expect(new PacketLimit(1000).inspect(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80]))).toBe(
      'malformed remaining length',
    )
  })
})
