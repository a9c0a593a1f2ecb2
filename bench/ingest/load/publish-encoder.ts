import { Buffer } from 'node:buffer'

const payloadHead = '{"ts":"'
const payloadRest = '","readings":[{"port":1,"value":200.0},{"port":2,"value":0}]}'
const tsLength = 24
const digit0 = 48

/**
 * The PUBLISH packets (MQTT 3.1.1, QoS 1) of one device. All have the same length, so encoding one is a copy of the last
 * with a few digits changed.
 */
export class PublishEncoder {
  readonly packetBytes: number
  readonly #packet: Buffer
  readonly #idAt: number
  readonly #tsAt: number
  readonly #firstPortAt: number
  readonly #valueAt: number
  readonly #secondPortAt: number
  #second = -1

  constructor(topic: string) {
    const payload = payloadHead + '2025-09-06T12:00:00.000Z' + payloadRest
    const topicBytes = Buffer.byteLength(topic)
    const remaining = 2 + topicBytes + 2 + Buffer.byteLength(payload)
    const header = Buffer.from([0x32, ...variableLength(remaining), topicBytes >> 8, topicBytes & 255])
    this.#packet = Buffer.concat([header, Buffer.from(topic), Buffer.alloc(2), Buffer.from(payload)])
    this.packetBytes = this.#packet.length
    this.#idAt = header.length + topicBytes
    const payloadAt = this.#idAt + 2
    const within = (text: string): number => payloadAt + payload.indexOf(text)
    this.#tsAt = payloadAt + payloadHead.length
    this.#firstPortAt = within('"port":1') + 7
    this.#valueAt = within('200.0')
    this.#secondPortAt = within('"port":2') + 7
  }

  /**
   * Writes the packet at `at` and returns where the next one goes. `pair` (0 to 3) chooses the ports, `tenths` (0 to 999)
   * is added to 200.0 for the first port's value, so that values differ as a sensor's do.
   */
  encodeInto(target: Buffer, at: number, id: number, tsMs: number, pair: number, tenths: number): number {
    const packet = this.#packet
    const second = Math.floor(tsMs / 1000)
    if (second !== this.#second) {
      packet.write(new Date(second * 1000).toISOString(), this.#tsAt, tsLength, 'latin1')
      this.#second = second
    }
    putThreeDigits(packet, this.#tsAt + 20, tsMs - second * 1000)
    packet[this.#idAt] = id >> 8
    packet[this.#idAt + 1] = id & 255
    packet[this.#firstPortAt] = digit0 + 1 + pair * 2
    packet[this.#secondPortAt] = digit0 + 2 + pair * 2
    const whole = Math.floor(tenths / 10)
    packet[this.#valueAt + 1] = digit0 + Math.floor(whole / 10)
    packet[this.#valueAt + 2] = digit0 + (whole % 10)
    packet[this.#valueAt + 4] = digit0 + (tenths % 10)
    target.set(packet, at)
    return at + packet.length
  }
}

function putThreeDigits(target: Buffer, at: number, value: number): void {
  const tens = Math.floor(value / 10)
  target[at] = digit0 + Math.floor(tens / 10)
  target[at + 1] = digit0 + (tens % 10)
  target[at + 2] = digit0 + (value % 10)
}

/** The remaining length of MQTT 3.1.1, section 2.2.3: seven bits a byte, lowest first. */
export function variableLength(length: number): number[] {
  const bytes: number[] = []
  let rest = length
  do {
    const more = rest > 127
    bytes.push((rest & 127) | (more ? 128 : 0))
    rest >>= 7
  } while (rest > 0)
  return bytes
}
