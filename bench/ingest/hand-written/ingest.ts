import { Buffer } from 'node:buffer'
import type { PublishPacket } from 'aedes'
import { BatchBuffer } from './batch.ts'

/** What is used of an aedes client. */
export interface Publisher {
  readonly closed: boolean
  readonly conn: {
    write(bytes: Uint8Array): boolean
    once(event: 'drain', listener: () => void): unknown
  }
}

interface BatchLog {
  append(batch: Uint8Array, receivedMs: number): number
}

interface BatchStore {
  readonly hasRoom: boolean
  onRoom: () => void
  take(seq: number, receivedMs: number, batch: Buffer): void
}

export interface Inbound {
  readonly client: Publisher
  readonly packet: PublishPacket
  readonly done: (error?: Error | null) => void
  /** True when the broker must acknowledge, because it still has to hand the message on to subscribers. */
  readonly relay: boolean
}

/**
 * What arrives in one turn of the event loop is logged, acknowledged and stored together. While the store has no room the
 * batch waits unacknowledged; aedes then reads no more from those connections, so what is held stays bounded.
 */
export class Ingest {
  readonly #log: BatchLog
  readonly #store: BatchStore
  // Two that take turns: acknowledging lets aedes read on, and the next batch begins while this one is decoded.
  #batch = new BatchBuffer()
  #otherBatch = new BatchBuffer()
  #inbound: Inbound[] = []
  #scheduled = false

  constructor(log: BatchLog, store: BatchStore) {
    this.#log = log
    this.#store = store
    store.onRoom = this.flush
  }

  accept(deviceNumber: number, payload: Uint8Array, inbound: Inbound): void {
    this.#batch.add(deviceNumber, payload)
    this.#inbound.push(inbound)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.flush)
  }

  readonly flush = (): void => {
    if (this.#inbound.length === 0 || !this.#store.hasRoom) return
    this.#scheduled = false
    const inbound = this.#inbound
    const batch = this.#batch
    this.#inbound = []
    this.#batch = this.#otherBatch
    this.#otherBatch = batch
    const receivedMs = Date.now()
    const seq = this.#log.append(batch.bytes, receivedMs)
    acknowledge(inbound)
    this.#store.take(seq, receivedMs, batch.bytes)
    batch.clear()
  }
}

/** Acknowledges in the order of arrival; the messages of one connection's chunk stand together and go out together. */
function acknowledge(inbound: readonly Inbound[]): void {
  for (let from = 0; from < inbound.length;) {
    const first = inbound[from]
    if (first === undefined) return
    let to = from + 1
    while (inbound[to]?.client === first.client && inbound[to]?.relay === first.relay) to++
    const group = inbound.slice(from, to)
    from = to
    if (first.relay || writePubacks(first.client, group)) finish(group)
    // A client that does not read its acknowledgments gets no more of its messages read.
    else first.client.conn.once('drain', () => finish(group))
  }
}

function finish(group: readonly Inbound[]): void {
  for (const { done } of group) done(null)
}

/**
 * aedes would write each PUBACK in three small pieces with a timer behind it. These go out in one write, and aedes is told
 * by QoS 0 that there is nothing left to acknowledge. Returns false when the connection's buffer is full.
 */
function writePubacks(client: Publisher, group: readonly Inbound[]): boolean {
  const acks = Buffer.allocUnsafe(group.length * 4)
  let end = 0
  for (const { packet } of group) {
    if (packet.qos === 0) continue
    const id = packet.messageId ?? 0
    acks[end] = 0x40
    acks[end + 1] = 2
    acks[end + 2] = id >> 8
    acks[end + 3] = id & 255
    end += 4
    packet.qos = 0
  }
  return end === 0 || client.closed || client.conn.write(acks.subarray(0, end))
}
