/** What nobody has written to is looked at all the same so often. */
export const lookAnywayMs = 30_000

/**
 * Of a collection that is looked at again and again: what the last look found, as long as the next would find the same since
 * nobody has written (`Store.revisionOf`). Times are those of the clock that never jumps.
 */
export class LastLook<T> {
  readonly #settledMs: number
  #revision: number | undefined
  #sinceMs = Number.NEGATIVE_INFINITY
  #found: { readonly what: T; readonly atMs: number } | undefined

  /** @param settledMs how long nobody must have written until a look sees all that was written before */
  constructor(settledMs = 0) {
    this.#settledMs = settledMs
  }

  /** Before a look: what makes it needless, if anything. Without a revision nothing does. */
  stillFound(revision: number | undefined, nowMs: number): T | undefined {
    if (this.#revision !== revision) {
      this.#revision = revision
      this.#sinceMs = nowMs
      this.#found = undefined
    }
    if (this.#found !== undefined && nowMs - this.#found.atMs >= lookAnywayMs) this.#found = undefined
    return this.#found?.what
  }

  /** After a look, under the revision that there was before it. */
  note(what: T, nowMs: number): void {
    if (this.#revision === undefined || nowMs - this.#sinceMs < this.#settledMs) return
    this.#found = { what, atMs: nowMs }
  }

  /** Whether looks are needless until somebody writes. */
  get isQuiet(): boolean {
    return this.#found !== undefined
  }
}
