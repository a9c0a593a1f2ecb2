/** What one device has sent and what of it was acknowledged: the client's side of the oracle. */
export class MessageLog {
  /** By sequence number. Strictly increasing, so (device, port, ts) is a message's own. */
  readonly #ts: number[] = []
  readonly #isAcknowledged: boolean[] = []
  #acknowledged = 0

  get sent(): number {
    return this.#ts.length
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** The next message: its number and its time. */
  begin(nowMs: number): { readonly sequence: number; readonly ts: number } {
    const sequence = this.#ts.length
    const ts = Math.max(nowMs, (this.#ts[sequence - 1] ?? 0) + 1)
    this.#ts.push(ts)
    this.#isAcknowledged.push(false)
    return { sequence, ts }
  }

  acknowledge(sequence: number): void {
    if (this.#isAcknowledged[sequence] === true) return
    this.#isAcknowledged[sequence] = true
    this.#acknowledged += 1
  }

  tsOf(sequence: number): number | undefined {
    return this.#ts[sequence]
  }

  isAcknowledged(sequence: number): boolean {
    return this.#isAcknowledged[sequence] === true
  }
}

/** Sequence numbers alternate between two ports, so that both calibrations are seen. */
export const portOf = (sequence: number): number => 1 + (sequence % 2)

export const payloadOf = (sequence: number, ts: number): Buffer =>
  Buffer.from(
    `{"ts":"${new Date(ts).toISOString()}","readings":[{"port":${portOf(sequence)},"value":${sequence}}]}`,
  )
