/** Packets of MQTT 3.1.1 by hand, so that no library stands between the tests and the bytes. */

const utf8 = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Remaining length (2.2.3): seven bits a byte, lowest first. */
export function variableLength(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  do {
    const more = rest > 127
    bytes.push((rest & 127) | (more ? 128 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.from(bytes)
}

const packet = (head: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(head), variableLength(body.length), body])
}

export interface ConnectFields {
  readonly clientId: string
  readonly username: string
  readonly password: string
  readonly clean: boolean
  readonly keepAliveSeconds: number
}

export function connectPacket(fields: ConnectFields): Buffer {
  const flags = 0xc0 | (fields.clean ? 2 : 0)
  const rest = Buffer.of(4, flags, fields.keepAliveSeconds >> 8, fields.keepAliveSeconds & 255)
  return packet(0x10, utf8('MQTT'), rest, utf8(fields.clientId), utf8(fields.username), utf8(fields.password))
}

/** QoS 1. */
export function publishPacket(topic: string, packetId: number, payload: Buffer): Buffer {
  return packet(0x32, utf8(topic), Buffer.of(packetId >> 8, packetId & 255), payload)
}

/** The same packet as sent again (3.3.1.1); the given one stays. */
export function asDuplicate(publish: Buffer): Buffer {
  const copy = Buffer.from(publish)
  copy[0] = (publish[0] ?? 0) | 8
  return copy
}

export const disconnectPacket: Buffer = Buffer.of(0xe0, 0)

export type ServerPacket =
  | { readonly kind: 'connack'; readonly code: number }
  | { readonly kind: 'puback'; readonly packetId: number }

/** Takes apart what a broker sends to a publisher: CONNACK and PUBACK, four bytes each, cut anywhere. */
export class ServerPackets {
  #rest: Buffer = Buffer.alloc(0)

  read(chunk: Buffer): readonly ServerPacket[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const packets: ServerPacket[] = []
    let at = 0
    for (; at + 4 <= bytes.length; at += 4) {
      const kind = bytes[at]
      if (kind === 0x20) packets.push({ kind: 'connack', code: bytes[at + 3] ?? -1 })
      else if (kind === 0x40) packets.push({ kind: 'puback', packetId: bytes.readUInt16BE(at + 2) })
      else throw new Error(`a publisher got a packet that begins with 0x${kind?.toString(16)}`)
    }
    this.#rest = bytes.subarray(at)
    return packets
  }
}
