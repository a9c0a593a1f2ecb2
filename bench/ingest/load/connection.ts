import { Buffer } from 'node:buffer'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { generate } from 'mqtt-packet'
import type { LatencyHistogram } from './histogram.ts'
import type { DeviceCredential } from './protocol.ts'
import { PubackScanner } from './puback-scanner.ts'
import { PublishEncoder } from './publish-encoder.ts'
import { UniqueClock } from './unique-clock.ts'

export interface ConnectionEvents {
  /** Called once a chunk of acknowledgments was taken in, with how many there were. */
  acknowledged(connection: DeviceConnection, count: number): void
  failed(reason: string): void
}

/**
 * One device on one socket. A packet id is a slot: slot n carries id n + 1, and is free again once that id is
 * acknowledged.
 */
export class DeviceConnection {
  readonly #socket: Socket
  readonly #encoder: PublishEncoder
  readonly #clock: UniqueClock
  readonly #scanner: PubackScanner
  readonly #latencies: LatencyHistogram
  readonly #freeSlots: Uint16Array
  readonly #sentAt: Float64Array
  #free: number
  #out: Buffer
  #counter: number
  #closing = false

  constructor(
    socket: Socket,
    device: DeviceCredential,
    options: { inFlight: number; portPairs: number; seed: number },
    latencies: LatencyHistogram,
  ) {
    this.#socket = socket
    this.#encoder = new PublishEncoder(device.topic)
    this.#clock = new UniqueClock(options.portPairs)
    this.#scanner = new PubackScanner(options.inFlight)
    this.#latencies = latencies
    this.#freeSlots = Uint16Array.from({ length: options.inFlight }, (_, slot) => slot)
    this.#sentAt = new Float64Array(options.inFlight)
    this.#free = options.inFlight
    this.#out = Buffer.allocUnsafeSlow(options.inFlight * this.#encoder.packetBytes)
    this.#counter = options.seed
  }

  get free(): number {
    return this.#free
  }

  /** Resolves when the broker has accepted the connection. */
  static open(
    port: number,
    device: DeviceCredential,
    options: { inFlight: number; portPairs: number; seed: number },
    latencies: LatencyHistogram,
    events: ConnectionEvents,
  ): Promise<DeviceConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<DeviceConnection>()
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const connection = new DeviceConnection(socket, device, options, latencies)
    const fail = (reason: string): void => {
      reject(new Error(reason))
      if (!connection.#closing) events.failed(reason)
    }
    socket.on('error', (error) => fail(`${device.username}: ${error.message}`))
    socket.on('close', () => fail(`${device.username}: the broker closed the connection`))
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: device.username,
        username: device.username,
        password: Buffer.from(device.password),
        keepalive: 600,
      }),
    )
    socket.on('data', (chunk: Buffer) => {
      const waiting = connection.#scanner.connackCode < 0
      const count = connection.#take(chunk)
      if (count > 0) events.acknowledged(connection, count)
      const code = connection.#scanner.connackCode
      if (waiting && code === 0) resolve(connection)
      else if (code > 0) fail(`${device.username}: refused with CONNACK ${code}`)
    })
    return promise
  }

  /** Publishes `count` messages, at most {@link free}, in one write. Returns how far ts ran ahead of `nowMs`. */
  publish(count: number, nowMs: number, nowUs: number): number {
    const clock = this.#clock
    let end = 0
    for (let n = 0; n < count; n++) {
      const slot = this.#freeSlots[--this.#free] ?? 0
      clock.advance(nowMs)
      this.#counter = (this.#counter + 7) % 1000
      this.#sentAt[slot] = nowUs
      end = this.#encoder.encodeInto(this.#out, end, slot + 1, clock.ts, clock.pair, this.#counter)
    }
    this.#socket.write(this.#out.subarray(0, end))
    // The kernel took it all at once nearly always, and the buffer may be written again; else it still belongs to the socket.
    if (this.#socket.writableLength > 0) this.#out = Buffer.allocUnsafeSlow(this.#out.length)
    return clock.ts - nowMs
  }

  close(): void {
    this.#closing = true
    this.#socket.end(Buffer.of(0xe0, 0))
    this.#socket.destroySoon()
  }

  #take(chunk: Buffer): number {
    const count = this.#scanner.scan(chunk)
    const nowUs = performance.now() * 1000
    for (let n = 0; n < count; n++) {
      const slot = (this.#scanner.ids[n] ?? 0) - 1
      this.#latencies.record(nowUs - (this.#sentAt[slot] ?? nowUs))
      this.#freeSlots[this.#free++] = slot
    }
    return count
  }
}
