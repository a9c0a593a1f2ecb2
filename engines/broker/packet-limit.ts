/** First byte of a CONNECT: packet type 1, flags 0 (MQTT 3.1.1, 3.1.1). */
const CONNECT = 0x10

/** What may come in before the client has proved who it is: client id, credential and last will, no more. */
const MAX_CONNECT_BYTES = 16_384

/**
 * Reads the fixed headers that pass by (MQTT 3.1.1, 2.2) and refuses a packet by what it claims to be long, before
 * anything of it is buffered. Touches two or three bytes of each packet.
 */
export class PacketLimit {
  readonly #maxBytes: number
  /** Bytes of the current packet's body that are still to come. */
  #remaining = 0
  /** Reading a remaining length that a chunk cut in two: its value and factor so far; factor 0 means not in one. */
  #length = 0
  #factor = 0
  #limit = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** True where what was shown so far ends with a packet, so that the next chunk begins with one. */
  get isBetweenPackets(): boolean {
    return this.#remaining === 0 && this.#factor === 0
  }

  /** What is wrong with the stream, or undefined. To be shown every chunk in order. */
  inspect(chunk: Uint8Array): string | undefined {
    let at = 0
    const end = chunk.length
    while (at < end) {
      if (this.#remaining > 0) {
        const step = Math.min(this.#remaining, end - at)
        this.#remaining -= step
        at += step
        continue
      }
      const byte = chunk[at++] ?? 0
      if (this.#factor === 0) {
        if (this.#limit === 0 && byte !== CONNECT) return 'the first packet is not CONNECT'
        this.#limit = this.#limit === 0 ? Math.min(MAX_CONNECT_BYTES, this.#maxBytes) : this.#maxBytes
        this.#factor = 1
        this.#length = 0
        continue
      }
      this.#length += (byte & 127) * this.#factor
      if (this.#length > this.#limit) return `a packet of ${this.#length} bytes or more claimed`
      if ((byte & 128) === 0) {
        this.#remaining = this.#length
        this.#factor = 0
      } else if (this.#factor === 2_097_152) return 'malformed remaining length'
      else this.#factor *= 128
    }
    return undefined
  }
}
