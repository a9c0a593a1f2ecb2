/** Writes what was marked a little later, all of it together, again and again until it succeeds. */
export class WriteBehind {
  readonly #write: (keys: readonly string[]) => Promise<void>
  readonly #schedule: (task: () => void) => void
  readonly #marked = new Set<string>()
  #saving: Promise<void> | undefined
  /** Resolves when what {@link #saving} writes is in the store, in whichever try. */
  #inHand: Promise<void> | undefined
  #nextSave: PromiseWithResolvers<void> | undefined

  /** @param schedule runs the task a little later (a second, say): the longer, the fewer writes */
  constructor(write: (keys: readonly string[]) => Promise<void>, schedule: (task: () => void) => void) {
    this.#write = write
    this.#schedule = schedule
  }

  mark(key: string): void {
    this.#marked.add(key)
    this.#pendingSave()
  }

  unmark(key: string): void {
    this.#marked.delete(key)
  }

  /** Resolves when everything marked so far is written. */
  whenWritten(): Promise<void> {
    if (this.#marked.size === 0) return this.#inHand ?? Promise.resolve()
    return this.#pendingSave().promise
  }

  /** Writes what is marked now, without waiting for its time. */
  async writeNow(): Promise<void> {
    await this.#saving
    const due = this.#nextSave
    if (due === undefined) return
    this.#nextSave = undefined
    this.#inHand = due.promise
    this.#saving = this.#save(due)
    await this.#saving
  }

  #pendingSave(): PromiseWithResolvers<void> {
    if (this.#nextSave === undefined) {
      this.#nextSave = Promise.withResolvers<void>()
      this.#schedule(() => void this.writeNow())
    }
    return this.#nextSave
  }

  async #save(due: PromiseWithResolvers<void>): Promise<void> {
    const keys = [...this.#marked]
    this.#marked.clear()
    try {
      await this.#write(keys)
      due.resolve()
    } catch {
      // The store is away: nothing is lost, the next save takes these along, and whoever waits goes on waiting.
      for (const key of keys) this.mark(key)
      due.resolve(this.#pendingSave().promise)
    }
    this.#saving = undefined
    this.#inHand = undefined
  }
}
