/**
 * Reads what a broker sends to a publisher: CONNACK, PUBACK and PINGRESP, whole or cut anywhere by TCP. It keeps the
 * acknowledged packet ids of the last chunk in {@link ids}, so that scanning allocates nothing.
 */
export class PubackScanner {
  /** The first `scan()` entries are the ids acknowledged by the last chunk, in order. */
  readonly ids: Uint16Array
  /** The return code of the CONNACK, -1 before it came. */
  connackCode = -1
  #type = 0
  #have = 0
  #high = 0

  /** `capacity`: the most acknowledgments that can be outstanding, so the most that one chunk can carry. */
  constructor(capacity: number) {
    this.ids = new Uint16Array(capacity)
  }

  /** Returns how many acknowledgments the chunk completed. Throws on a packet that no broker sends to a publisher. */
  scan(chunk: Uint8Array): number {
    let count = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      switch (this.#have) {
        case 0:
          this.#type = byte
          this.#have = 1
          break
        case 1:
          this.#have = this.#afterLength(byte)
          break
        case 2:
          this.#high = byte
          this.#have = 3
          break
        default:
          if (this.#type === 0x20) this.connackCode = byte
          else this.ids[count++] = (this.#high << 8) | byte
          this.#have = 0
      }
    }
    return count
  }

  #afterLength(length: number): number {
    if (this.#type === 0xd0 && length === 0) return 0
    if ((this.#type === 0x40 || this.#type === 0x20) && length === 2) return 2
    throw new Error(`unexpected packet 0x${this.#type.toString(16)} of ${length} bytes`)
  }
}
