import type { Place } from '../replay-job.ts'

interface Mark {
  readonly place: Place
  isDurable: boolean
}

/** How far a replay is for good: batches become durable later than they went through, and not always in order. */
export class Progress {
  #marks: Mark[] = []
  #moved: Place | undefined
  #failed: Error | undefined
  #wake: (() => void) | undefined

  /** The effects of a batch will not become durable: from there on all has to be read again. */
  get failure(): Error | undefined {
    return this.#failed
  }

  went(place: Place, durable: Promise<void>): void {
    const mark: Mark = { place, isDurable: false }
    this.#marks.push(mark)
    durable.then(
      () => {
        mark.isDurable = true
        this.#advance()
      },
      (error: unknown) => {
        this.#failed ??= error instanceof Error ? error : new Error(String(error))
        this.#wake?.()
      },
    )
  }

  /** What has become durable since it was last taken. */
  take(): Place | undefined {
    const moved = this.#moved
    this.#moved = undefined
    return moved
  }

  /** What was taken could not be written down. */
  giveBack(place: Place): void {
    this.#moved = this.#moved === undefined ? place : sum(place, this.#moved)
  }

  /** Resolves when everything that went is durable, or never will be. */
  async settled(): Promise<void> {
    while (this.#marks.length > 0 && this.#failed === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #advance(): void {
    while (this.#marks[0]?.isDurable === true) {
      const place = this.#marks.shift()?.place
      if (place !== undefined) this.#moved = this.#moved === undefined ? place : sum(this.#moved, place)
    }
    this.#wake?.()
  }
}

const sum = (before: Place, after: Place): Place => ({ ...after, messages: before.messages + after.messages })
