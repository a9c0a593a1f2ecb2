import type { Duplex } from 'node:stream'
import type { AedesClient } from './aedes-internals.ts'
import type { HookContext } from './hook-context.ts'
import { type KnownPublish, readKnownPublish } from './known-publish.ts'
import type { BrokerPrincipal } from '../../nodes/platform/broker/port.ts'
import type { Session } from './session.ts'

/** What one connection may have waiting here; aedes, too, reads on only when what it read last is dealt with. */
const WINDOW_BYTES = 65_536

/** Copied as it is written (`coalesceWrites`), so one serves all. */
const puback = Uint8Array.of(0x40, 2, 0, 0)

/**
 * The short way of what a device does nearly always: a QoS 1 publish on the topic of its last one, to which nobody is
 * subscribed. It goes from the chunk that was read to the gate and is acknowledged when it is durable, without a packet
 * object and without aedes, whose parser and handlers cost more than everything else that becomes of a reading. Whatever
 * is not exactly that goes to aedes, and so does the rest of its chunk, so that nothing overtakes anything.
 */
export class ExpressLane {
  readonly #context: HookContext
  readonly #client: AedesClient
  readonly #conn: Duplex
  readonly #session: Session
  readonly #publish: KnownPublish = { messageId: 0, payloadStart: 0, end: 0 }
  #bytesInFlight = 0
  #holdsBack = false

  constructor(context: HookContext, client: AedesClient, session: Session) {
    this.#context = context
    this.#client = client
    this.#conn = client.conn
    this.#session = session
  }

  /** True while nothing more may be read; reading goes on by itself afterwards. */
  get isFull(): boolean {
    if (this.#bytesInFlight < WINDOW_BYTES && !this.#session.full) return false
    this.#holdsBack = this.#bytesInFlight > 0
    return true
  }

  /**
   * Takes what it can of the head of a chunk that begins with a packet.
   * @returns what is left for aedes; null when nothing is
   */
  take(chunk: Buffer): Buffer | null {
    const { audienceRevision } = this.#context.core
    const topic = this.#session.quietTopic(audienceRevision)
    const { principal } = this.#session
    const { connected, closed } = this.#client
    if (topic === undefined || principal === undefined || !connected || closed) return chunk
    // A client that does not read its acknowledgments is left to aedes, which waits for it.
    if (this.#conn.writableNeedDrain) return chunk
    let start = 0
    while (readKnownPublish(chunk, start, topic.bytes, this.#publish)) {
      const { messageId, payloadStart, end } = this.#publish
      if (!this.#accept(principal, topic.text, chunk.subarray(payloadStart, end), messageId)) break
      start = end
    }
    if (start === 0) return chunk
    // A sign of life (MQTT 3.1.1, 3.1.2.10).
    this.#client._keepaliveTimer?.refresh()
    return start === chunk.length ? null : chunk.subarray(start)
  }

  /** False when it is not to go on as it did before: aedes finds out why, and says so. */
  #accept(principal: BrokerPrincipal, topic: string, payload: Buffer, messageId: number): boolean {
    const { gate, maxPayloadBytes } = this.#context
    const bytes = payload.length
    if (bytes > maxPayloadBytes) return false
    this.#session.took(bytes)
    this.#bytesInFlight += bytes
    const isTaken = gate.uplinkAgain(principal, topic, payload, (error) => {
      this.#session.settled(bytes)
      this.#bytesInFlight -= bytes
      const client = this.#client
      if (client.closed) return
      if (error !== undefined) {
        client.emit('error', error)
        return
      }
      puback[2] = messageId >> 8
      puback[3] = messageId & 0xff
      this.#conn.write(puback)
      if (this.#holdsBack && this.#bytesInFlight < WINDOW_BYTES) {
        this.#holdsBack = false
        client._nextBatch()
      }
    })
    if (!isTaken) {
      this.#session.settled(bytes)
      this.#bytesInFlight -= bytes
    }
    return isTaken
  }
}
