import type { Clock } from '../clock.ts'

/** The waits of one consumer, at most one at a time, and how a close ends them. */
export class Interruptible {
  readonly #clock: Clock
  closing = false
  #endPause: (() => void) | undefined
  #endIdling: (() => void) | undefined
  #forget: ((outcome: undefined) => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `ms`, or when closing. */
  async pause(ms: number): Promise<void> {
    if (this.closing) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#clock.after(ms, resolve)
    this.#endPause = resolve
    await promise
    cancel()
  }

  /** Resolves at the next {@link wake}, or when closing. */
  async idle(): Promise<void> {
    if (this.closing) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#endIdling = resolve
    await promise
  }

  wake(): void {
    this.#endIdling?.()
    this.#endIdling = undefined
  }

  /** What the call came to, or undefined when it was forgotten; `onLate` then gets what it comes to after all. */
  async call<T>(run: () => Promise<T>, onLate?: (outcome: T) => void): Promise<T | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>()
    // A function written here would be old for V8 from the start, as all that is written straight into a property, and
    // so would be the batch that it refers to.
    this.#forget = resolve
    run().then((outcome) => (this.#forget === resolve ? resolve(outcome) : onLate?.(outcome)), reject)
    try {
      return await promise
    } finally {
      this.#forget = undefined
    }
  }

  close(): void {
    this.closing = true
    this.#endPause?.()
    this.wake()
  }

  forget(): void {
    this.#forget?.(undefined)
    this.#forget = undefined
  }
}
