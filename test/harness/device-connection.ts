import { connect, type Socket } from 'node:net'
import { MessageLog, payloadOf } from './message-log.ts'
import {
  asDuplicate,
  connectPacket,
  disconnectPacket,
  publishPacket,
  type ServerPacket,
  ServerPackets,
} from './mqtt-packets.ts'
import type { DeviceAccess } from './resources.ts'

const reconnectMs = 25
const maxPacketId = 65_535

interface InFlight {
  readonly sequence: number
  readonly packet: Buffer
}

/**
 * One device that publishes as fast as it is acknowledged (QoS 1, a fixed number in flight), comes back whenever its
 * connection ends, and then sends what was not acknowledged again, marked as duplicate, in order, before anything new.
 */
export class DeviceConnection {
  readonly device: DeviceAccess
  readonly log = new MessageLog()
  /** How often it was accepted, and why it was refused. */
  connects = 0
  readonly refusals: number[] = []
  readonly #port: number
  readonly #inFlight: number
  readonly #unacknowledged = new Map<number, InFlight>()
  #socket: Socket | undefined
  #isConnected = false
  #isPublishing = false
  #isStopped = false
  #lastId = 0
  #whenEmpty: (() => void) | undefined

  constructor(port: number, device: DeviceAccess, inFlight: number) {
    this.#port = port
    this.device = device
    this.#inFlight = inFlight
    this.#open()
  }

  get unacknowledged(): number {
    return this.#unacknowledged.size
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  publish(): void {
    this.#isPublishing = true
    this.#pump()
  }

  /** Nothing new; what is in flight goes on being sent until it is acknowledged. */
  pause(): void {
    this.#isPublishing = false
  }

  /** Resolves when nothing is in flight any more. */
  async drained(): Promise<void> {
    if (this.#unacknowledged.size === 0) return
    await new Promise<void>((resolve) => (this.#whenEmpty = resolve))
  }

  stop(): void {
    this.#isStopped = true
    this.#isPublishing = false
    this.#socket?.end(disconnectPacket)
    this.#socket?.destroySoon()
  }

  #open(): void {
    if (this.#isStopped) return
    const packets = new ServerPackets()
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true })
    this.#socket = socket
    const { id, password } = this.device
    socket.write(connectPacket({ clientId: id, username: id, password, clean: false, keepAliveSeconds: 300 }))
    socket.on('data', (chunk: Buffer) => {
      for (const packet of packets.read(chunk)) this.#received(packet)
      if (this.#unacknowledged.size === 0) this.#whenEmpty?.()
      this.#pump()
    })
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.#isConnected = false
      if (!this.#isStopped) setTimeout(() => this.#open(), reconnectMs)
    })
  }

  #received(packet: ServerPacket): void {
    if (packet.kind === 'puback') {
      const sent = this.#unacknowledged.get(packet.packetId)
      if (sent === undefined) return
      this.#unacknowledged.delete(packet.packetId)
      this.log.acknowledge(sent.sequence)
    } else if (packet.code === 0) {
      this.connects += 1
      this.#isConnected = true
      // A Map keeps the order of sending.
      for (const { packet: sent } of this.#unacknowledged.values()) this.#socket?.write(asDuplicate(sent))
    } else this.refusals.push(packet.code)
  }

  #pump(): void {
    const socket = this.#socket
    if (socket === undefined || !this.#isConnected || !this.#isPublishing) return
    socket.cork()
    while (this.#unacknowledged.size < this.#inFlight) {
      const { sequence, ts } = this.log.begin(Date.now())
      const packetId = this.#nextId()
      const packet = publishPacket(this.device.topic, packetId, payloadOf(sequence, ts))
      this.#unacknowledged.set(packetId, { sequence, packet })
      socket.write(packet)
    }
    socket.uncork()
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % maxPacketId) + 1
    while (this.#unacknowledged.has(this.#lastId))
    return this.#lastId
  }
}
