import type { Writable } from 'node:stream'

const PUBACK = 0x40

/**
 * Writes PUBACKs (the same four bytes in MQTT 3.1.1 and 5), those of one turn in one piece. A packet identifier means
 * something only on the connection that it came by: what belongs to one that is gone is left out, and the broker sends
 * that message again.
 */
export class Acknowledgments {
  #connection: Writable | undefined
  #identifiers: number[] = []

  add(connection: Writable, identifier: number): void {
    if (connection !== this.#connection) this.flush()
    if (this.#identifiers.length === 0) queueMicrotask(() => this.flush())
    this.#connection = connection
    this.#identifiers.push(identifier)
  }

  flush(): void {
    const identifiers = this.#identifiers
    if (identifiers.length === 0) return
    this.#identifiers = []
    if (this.#connection?.writable !== true) return
    const bytes = Buffer.allocUnsafe(identifiers.length * 4)
    let at = 0
    for (const identifier of identifiers) {
      bytes[at] = PUBACK
      bytes[at + 1] = 2
      at = bytes.writeUInt16BE(identifier, at + 2)
    }
    this.#connection.write(bytes)
  }
}
