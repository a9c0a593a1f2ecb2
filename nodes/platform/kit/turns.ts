/** Tasks of one key one after the other, those of different ones at the same time. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Begins when those that were given before, of this key, have ended: it does not matter how. */
  take<T>(key: string, task: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(task)
    const ended = (): void => {
      if (this.#last.get(key) === last) this.#last.delete(key)
    }
    const last = done.then(ended, ended)
    this.#last.set(key, last)
    return done
  }
}
