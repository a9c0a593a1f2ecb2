/**
 * Last wills whose client has asked for a delay (MQTT 5, 3.1.3.2.2): a client that comes back to its session in time leaves none. They stay
 * on disk meanwhile, so they are due after a restart, too.
 */
interface Held {
  readonly timer: NodeJS.Timeout
  readonly settle: (isDue: boolean) => void
}

export class HeldWills {
  readonly #held = new Map<string, Held>()
  #isClosed = false

  /** @param settle called once: whether the will is to be published, or is not wanted any more; not at all when the broker closes first */
  hold(clientId: string, delayMs: number, settle: (isDue: boolean) => void): void {
    if (this.#isClosed) return
    this.#settle(clientId, true)
    const timer = setTimeout(() => this.#settle(clientId, true), Math.min(delayMs, maxTimerMs))
    this.#held.set(clientId, { timer, settle })
  }

  /** The session goes on, or a new one of that name begins, which ends the old one: then its will is due. */
  cameBack(clientId: string, goesOn: boolean): void {
    this.#settle(clientId, !goesOn)
  }

  close(): void {
    this.#isClosed = true
    for (const { timer } of this.#held.values()) clearTimeout(timer)
    this.#held.clear()
  }

  #settle(clientId: string, isDue: boolean): void {
    const held = this.#held.get(clientId)
    if (held === undefined) return
    this.#held.delete(clientId)
    clearTimeout(held.timer)
    held.settle(isDue)
  }
}

/** Node takes longer ones for none; by then a will is of no interest. */
const maxTimerMs = 2 ** 31 - 1
