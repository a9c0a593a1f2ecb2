interface Closing {
  once(event: 'close', listener: () => void): unknown
}

/**
 * Connections that have not proved yet who they are. Past the limit the oldest goes, as in a SYN queue: whoever opens
 * connections and says nothing takes places from himself, and an honest client needs one for a few milliseconds only.
 */
export class PendingConnections<Connection extends Closing> {
  readonly #max: number
  readonly #pending = new Set<Connection>()

  constructor(max: number) {
    this.#max = max
  }

  /** @returns what had to go for it */
  add(connection: Connection): Connection | undefined {
    const [oldest] = this.#pending.size >= this.#max ? this.#pending : []
    if (oldest !== undefined) this.#pending.delete(oldest)
    this.#pending.add(connection)
    connection.once('close', () => this.#pending.delete(connection))
    return oldest
  }

  proved(connection: Connection): void {
    this.#pending.delete(connection)
  }
}
