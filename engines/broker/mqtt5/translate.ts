import type { Duplex } from 'node:stream'
import { randomUUID } from 'node:crypto'
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { PacketLimit } from '../packet-limit.ts'
import { MessageExpiries, remainingSeconds } from './message-expiries.ts'
import { type Outgoing, SendQuota } from './send-quota.ts'
import { type Connection5, fromClient, newConnection5, type Reason, reasons, toClient } from './packets.ts'

export interface TranslationOptions {
  readonly maxPacketBytes: number
  /** QoS 2 messages that the client may leave unreleased. */
  readonly maxUnreleased: number
  readonly nowMs: () => number
  /** The client speaks version 5. */
  readonly onTranslated: (expiries: MessageExpiries) => void
  /** Before the CONNECT of a client of version 5 goes on, and when its DISCONNECT says other. */
  readonly onSession: (connection: Pick<Connection5, 'expiryMs' | 'startsAnew' | 'willDelayMs'>) => void
  readonly onViolation: (detail: string) => void
}

/** Fixed header, a remaining length, `MQTT`, and the level (MQTT 5, 3.1.2). */
const maxLevelAt = 11

/** The protocol level of a CONNECT; undefined while not enough of it is there, 0 where it is none. */
export function protocolLevel(bytes: Uint8Array): number | undefined {
  if (bytes.length > 0 && bytes[0] !== 0x10) return 0
  let at = 1
  while (at < 4 && ((bytes[at] ?? 0) & 0x80) !== 0) at += 1
  // A CONNECT that claims so much is none of ours: whoever looks next refuses it, and reads no more of it.
  if (bytes.length > 4 && at === 4) return 0
  const nameAt = at + 1
  const levelAt = nameAt + 2 + ((bytes[nameAt] ?? 0) << 8) + (bytes[nameAt + 1] ?? 0)
  if (bytes.length > nameAt + 1 && levelAt > maxLevelAt) return 0
  return bytes.length > nameAt + 1 && bytes.length > levelAt ? bytes[levelAt] : undefined
}

/**
 * Lets clients of MQTT 5 speak with aedes, which has 3.1.1: it stands at the socket, below everything else that looks at
 * its bytes. Whoever speaks 3.1.1 costs a look at the first bytes, and nothing after that.
 */
export function translateMqtt5(conn: Duplex, options: TranslationOptions): void {
  // oxlint-disable-next-line no-unsafe-type-assertion -- sockets give Buffers, and null is what aedes passes
  const read = conn.read.bind(conn) as Read
  let first: Buffer = nothing
  // Whoever wraps it later keeps this one: it changes what it does, not who it is.
  let readOn: Read = (): Buffer | null => {
    const chunk = read(null)
    if (chunk === null) return null
    first = first.length === 0 ? chunk : Buffer.concat([first, chunk])
    const level = protocolLevel(first)
    if (level === undefined) return null
    const taken = first
    // A connection keeps this function for as long as it lives, and need not keep its first bytes.
    first = nothing
    if (level !== 5) {
      readOn = read
      return taken
    }
    const translator = new Translator(conn, options)
    readOn = (): Buffer | null => {
      const next = read(null)
      return next === null ? null : translator.take(next)
    }
    return translator.take(taken)
  }
  conn.read = (size?: number | null): Buffer | null => (size === null ? readOn(null) : read(size))
}

const nothing = Buffer.alloc(0)

type Read = (size?: number | null) => Buffer | null

class Translator {
  readonly #conn: Duplex
  readonly #options: TranslationOptions
  readonly #connection = newConnection5()
  readonly #limit: PacketLimit
  readonly #quota = new SendQuota()
  readonly #expiries = new MessageExpiries()
  readonly #incoming = parser({ protocolVersion: 5 })
  readonly #outgoing = parser({ protocolVersion: 4 })
  readonly #write: (bytes: Buffer, done?: (error?: Error | null) => void) => boolean
  readonly #destroy: (error?: Error) => Duplex
  #taken: Buffer[] = []
  #answers: Buffer[] = []
  #isOver = false

  constructor(conn: Duplex, options: TranslationOptions) {
    this.#conn = conn
    this.#options = options
    this.#limit = new PacketLimit(options.maxPacketBytes)
    this.#write = conn.write.bind(conn)
    this.#destroy = conn.destroy.bind(conn)
    this.#incoming.on('packet', (packet: Packet) => this.#hear(packet))
    this.#incoming.on('error', (error: Error) => this.#end(reasons.malformedPacket, error.message))
    this.#outgoing.on('packet', (packet: Packet) => this.#say(packet))
    this.#patchWrites()
    options.onTranslated(this.#expiries)
  }

  /** What of it is for aedes; null where nothing is yet. */
  take(chunk: Buffer): Buffer | null {
    if (this.#isOver) return null
    const problem = this.#limit.inspect(chunk)
    if (problem === undefined) this.#parse(chunk)
    else this.#end(reasons.packetTooLarge, problem)
    const taken = this.#taken
    this.#taken = []
    return taken.length === 0 ? null : Buffer.concat(taken)
  }

  #parse(chunk: Buffer): void {
    try {
      this.#incoming.parse(chunk)
    } catch (error) {
      this.#end(reasons.malformedPacket, error instanceof Error ? error.message : String(error))
    }
  }

  #hear(packet: Packet): void {
    if (this.#isOver) return
    const inbound = fromClient(this.#connection, packet, (username) => `${username}/${randomUUID()}`)
    if (inbound.kind === 'refused') return this.#end(inbound.reason, inbound.detail)
    if (inbound.kind === 'broken') {
      this.#options.onSession(this.#connection)
      return void this.#destroy()
    }
    if (packet.cmd === 'connect' || packet.cmd === 'disconnect') this.#options.onSession(this.#connection)
    if (packet.cmd === 'connect') this.#quota.max = this.#connection.receiveMaximum
    if (isLastOf(packet)) this.#sendNext(packet.messageId ?? 0)
    if (inbound.packet.cmd === 'publish' && packet.cmd === 'publish')
      this.#expiries.heard(inbound.packet, this.#expiryOf(packet))
    this.#taken.push(generate(inbound.packet, { protocolVersion: 4 }))
  }

  #expiryOf({ properties }: IPublishPacket): number | undefined {
    const seconds = properties?.messageExpiryInterval
    return seconds === undefined ? undefined : this.#options.nowMs() + seconds * 1000
  }

  #say(packet: Packet): void {
    const { maxPacketBytes, maxUnreleased } = this.#options
    if (packet.cmd === 'publish') return this.#sayPublish(packet)
    const limits = { packetBytes: maxPacketBytes, unreleased: maxUnreleased }
    const bytes = generate(toClient(this.#connection, packet, limits), { protocolVersion: 5 })
    if (bytes.length <= this.#connection.maxPacketBytes) this.#answers.push(bytes)
  }

  #sayPublish(packet: IPublishPacket): void {
    const outgoing = { packet, expiresAtMs: this.#expiries.forwarded.take(packet) }
    if (!this.#quota.admits(outgoing)) return
    const bytes = this.#bytesOf(outgoing)
    if (bytes === undefined) this.#sendNext(packet.messageId ?? 0)
    else this.#answers.push(bytes)
  }

  /** Undefined where it is past, or larger than the client takes: then it counts as delivered (MQTT-3.1.2-25). */
  #bytesOf({ expiresAtMs, packet }: Outgoing): Buffer | undefined {
    const seconds =
      expiresAtMs === undefined ? undefined : remainingSeconds(expiresAtMs, this.#options.nowMs())
    if (seconds === 0) return undefined
    const properties = seconds === undefined ? {} : { properties: { messageExpiryInterval: seconds } }
    const bytes = generate({ ...packet, ...properties }, { protocolVersion: 5 })
    return bytes.length > this.#connection.maxPacketBytes ? undefined : bytes
  }

  /** What waits for the place of a message that the client is done with. */
  #sendNext(messageId: number): void {
    let next = this.#quota.released(messageId)
    while (next !== undefined && !this.#isOver && !this.#conn.destroyed) {
      const bytes = this.#bytesOf(next)
      if (bytes !== undefined) return void this.#write(bytes)
      next = this.#quota.released(next.packet.messageId ?? 0)
    }
  }

  /** Tells the client why, and ends the connection. */
  #end(reason: Reason, detail: string): void {
    if (this.#isOver) return
    this.#options.onViolation(detail)
    this.#farewell(reason)
    this.#destroySoon(undefined)
  }

  /** What is written in this turn goes out at its end. */
  #destroySoon(error: Error | undefined): void {
    setImmediate(() => this.#destroy(error))
  }

  #farewell(reason: number): void {
    this.#isOver = true
    if (this.#conn.destroyed || !this.#conn.writable) return
    const packet: Packet = this.#connection.isConnected
      ? { cmd: 'disconnect', reasonCode: reason }
      : { cmd: 'connack', reasonCode: reason, sessionPresent: false }
    this.#write(generate(packet, { protocolVersion: 5 }))
  }

  #patchWrites(): void {
    const conn = this.#conn
    conn.write = (
      chunk: unknown,
      encoding?: BufferEncoding | ((error?: Error | null) => void),
      callback?: (error?: Error | null) => void,
    ): boolean => {
      const done = typeof encoding === 'function' ? encoding : callback
      const bytes =
        typeof chunk === 'string'
          ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8')
          : // oxlint-disable-next-line no-unsafe-type-assertion -- what is written to a socket is text or bytes
            Buffer.from(chunk as Uint8Array)
      this.#outgoing.parse(bytes)
      const answers = this.#answers
      this.#answers = []
      if (answers.length > 0) return this.#write(Buffer.concat(answers), done)
      if (done !== undefined) process.nextTick(done)
      return !conn.writableNeedDrain
    }
    conn.destroy = (error?: Error): Duplex => {
      const { hasLeft, isConnected } = this.#connection
      if (this.#isOver) return conn
      if (hasLeft || !isConnected) return this.#destroy(error)
      this.#farewell(reasonFor(error))
      this.#destroySoon(error)
      return conn
    }
  }
}

/** What ends the delivery of a message to the client (MQTT 5, 4.9). */
const isLastOf = (packet: Packet): boolean =>
  packet.cmd === 'puback' ||
  packet.cmd === 'pubcomp' ||
  (packet.cmd === 'pubrec' && (packet.reasonCode ?? 0) >= 0x80)

/** Why aedes, or we, end a connection, as far as it shows. */
function reasonFor(error: Error | undefined): Reason {
  const message = error?.message ?? ''
  if (message.startsWith('publish refused')) return reasons.notAuthorized
  if (message.startsWith('keep alive')) return reasons.keepAliveTimeout
  return reasons.unspecified
}
