/** What hearing an event tells about those before it. */
export type Hearing = 'in order' | 'missed' | 'repeated'

interface Heard {
  number: number
  atMs: number
}

/**
 * Notices by their numbers that events of others went missing. Every instance numbers what it publishes from 1, also what
 * could not be sent, and is heard at least every `everyMs`.
 */
export class HeardInstances {
  readonly #heard = new Map<string, Heard>()
  readonly #openedMs: number
  readonly #everyMs: number

  constructor(nowMs: number, everyMs: number) {
    this.#openedMs = nowMs
    this.#everyMs = everyMs
  }

  hear(instance: string, number: number, nowMs: number): Hearing {
    const before = this.#heard.get(instance)
    if (before !== undefined && number <= before.number) return 'repeated'
    this.#heard.set(instance, { number, atMs: nowMs })
    if (before !== undefined) return number === before.number + 1 ? 'in order' : 'missed'
    // Whoever was there before us had numbers before we listened; what they were about we have read from the store.
    const isNewcomer = nowMs - this.#openedMs > 2 * this.#everyMs
    return isNewcomer && number > 1 ? 'missed' : 'in order'
  }

  /** It says so itself: nobody needs to wait for it. */
  leave(instance: string): void {
    this.#heard.delete(instance)
  }

  /** Instances heard of lately; those that fell silent are forgotten after a while. */
  present(nowMs: number): readonly string[] {
    for (const [instance, { atMs }] of this.#heard)
      if (nowMs - atMs > 100 * this.#everyMs) this.#heard.delete(instance)
    return [...this.#heard].filter(([, { atMs }]) => nowMs - atMs <= 3 * this.#everyMs).map(([id]) => id)
  }
}
