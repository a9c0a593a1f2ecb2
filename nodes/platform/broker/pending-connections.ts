import type { Duplex } from 'node:stream'

/**
 * Connections that have not proved yet who they are. Past the limit the oldest goes, as in a SYN queue: whoever opens
 * connections and says nothing takes places from himself, and a device needs one for a few milliseconds only.
 */
export class PendingConnections {
  readonly #max: number
  readonly #pending = new Set<Duplex>()

  constructor(max: number) {
    this.#max = max
  }

  /** @returns what had to go for it */
  add(conn: Duplex): Duplex | undefined {
    const [oldest] = this.#pending.size >= this.#max ? this.#pending : []
    if (oldest) this.#pending.delete(oldest)
    this.#pending.add(conn)
    conn.once('close', () => this.#pending.delete(conn))
    return oldest
  }

  proved(conn: Duplex): void {
    this.#pending.delete(conn)
  }
}
