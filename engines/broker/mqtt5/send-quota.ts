import type { IPublishPacket } from 'mqtt-packet'

/** On its way to the client, and when it is past, epoch milliseconds. */
export interface Outgoing {
  readonly packet: IPublishPacket
  readonly expiresAtMs: number | undefined
}

/** Messages held back; a client that acknowledges none of them for so long gets no further ones. */
const maxHeld = 10_000

/**
 * Holds back messages to a client that takes only so many at once without an acknowledgment (MQTT 5, 4.9). A session that is kept has them
 * on disk as well, for when the connection ends first.
 */
export class SendQuota {
  #max = 65_535
  readonly #inFlight = new Set<number>()
  readonly #held: Outgoing[] = []

  set max(receiveMaximum: number) {
    this.#max = receiveMaximum
  }

  /** Whether it may be sent now; else it is kept. */
  admits(outgoing: Outgoing): boolean {
    const { messageId = 0, qos } = outgoing.packet
    if (qos === 0) return true
    // Sent again within a connection it has its place already.
    if (this.#inFlight.has(messageId)) return true
    if (this.#inFlight.size < this.#max) {
      this.#inFlight.add(messageId)
      return true
    }
    if (this.#held.length < maxHeld) this.#held.push(outgoing)
    return false
  }

  /** The client is done with one: what may be sent in its place. */
  released(messageId: number): Outgoing | undefined {
    if (!this.#inFlight.delete(messageId)) return undefined
    const next = this.#held.shift()
    if (next !== undefined) this.#inFlight.add(next.packet.messageId ?? 0)
    return next
  }
}
