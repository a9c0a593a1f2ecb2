import type { IPublishPacket } from 'mqtt-packet'
import type { StoredPacket } from '../stored-packet.ts'

type Message = Pick<StoredPacket, 'topic' | 'payload'>

/** What is noted and never asked for, messages that did not get as far, must not grow: neither in memory nor in what looking costs. */
const maxNoted = 256
const maxNotedBytes = 1_048_576

/**
 * When messages are past, kept beside packets of 3.1.1, which have no place for it. Two with one topic and one payload
 * are as good as each other, so they are told apart by nothing else.
 */
class Noted {
  readonly #noted: (Message & { readonly expiresAtMs: number })[] = []

  #bytes = 0

  note({ payload, topic }: Message, expiresAtMs: number): void {
    this.#noted.push({ topic, payload, expiresAtMs })
    this.#bytes += lengthOf(payload)
    while (this.#noted.length > maxNoted || (this.#noted.length > 1 && this.#bytes > maxNotedBytes))
      this.#remove(0)
  }

  take({ payload, topic }: Message): number | undefined {
    if (this.#noted.length === 0) return undefined
    const at = this.#noted.findIndex((one) => one.topic === topic && isSame(one.payload, payload))
    return at < 0 ? undefined : this.#remove(at)
  }

  #remove(at: number): number | undefined {
    const [gone] = this.#noted.splice(at, 1)
    this.#bytes -= lengthOf(gone?.payload)
    return gone?.expiresAtMs
  }
}

const lengthOf = (payload: Message['payload'] = ''): number => payload.length

const isSame = (one: Message['payload'] = '', other: Message['payload'] = ''): boolean =>
  one === other || Buffer.compare(bytesOf(one), bytesOf(other)) === 0

const bytesOf = (payload: string | Uint8Array): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload) : payload

/** Of one connection; epoch milliseconds. */
export class MessageExpiries {
  /** On their way to the client. */
  readonly forwarded = new Noted()
  readonly #published = new Noted()
  /** Not every QoS 1 publish is asked for, but its identifier comes again. */
  readonly #publishedById = new Map<number, number>()

  /** The client has published this. */
  heard(packet: IPublishPacket, expiresAtMs: number | undefined): void {
    const { messageId = 0, qos } = packet
    if (qos === 0) {
      if (expiresAtMs !== undefined) this.#published.note(packet, expiresAtMs)
    } else if (expiresAtMs !== undefined) this.#publishedById.set(messageId, expiresAtMs)
    else if (this.#publishedById.size > 0) this.#publishedById.delete(messageId)
  }

  /** When what the client has published is past; undefined where it said nothing of it. */
  ofPublished(
    packet: Message & { readonly qos: number; readonly messageId?: number | undefined },
  ): number | undefined {
    return packet.qos === 0 ? this.#published.take(packet) : this.#publishedById.get(packet.messageId ?? 0)
  }
}

/** Seconds that a message still has (MQTT 5, 3.3.2.3.3); 0 when it is past. */
export const remainingSeconds = (expiresAtMs: number, nowMs: number): number =>
  Math.max(0, Math.ceil((expiresAtMs - nowMs) / 1000))
