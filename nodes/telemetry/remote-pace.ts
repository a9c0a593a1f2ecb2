import type { Stream } from '../platform/stream/port.ts'
import { type Pace, uplinkStream } from './uplink-intake.ts'

export interface RemotePaceOptions {
  readonly stream: Pick<Stream, 'lag'>
  /** The group that sets the pace. */
  readonly group: string
  /** Up to here the consumers are left to themselves: lag is measured now and then, not at every message. */
  readonly freeLag: number
}

/**
 * The pace of consumers in other processes: {@link measure} asks the stream how far they are behind, a few times a
 * second, and an intake that is too far ahead waits until they have caught up.
 */
export class RemotePace implements Pace {
  readonly #options: RemotePaceOptions
  #waiting: { readonly entries: number; readonly resolve: () => void }[] = []
  #measured = 0

  constructor(options: RemotePaceOptions) {
    this.#options = options
  }

  get lag(): number {
    return this.#measured > this.#options.freeLag ? this.#measured : 0
  }

  whenLagAtMost(entries: number): Promise<void> {
    if (this.lag <= entries) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push({ entries, resolve })
    })
  }

  /** For a stop: what is in hand goes on, whoever is behind. */
  letGo(): void {
    this.#measured = 0
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  /** @throws when the stream does not answer: what was measured before goes on counting. */
  async measure(): Promise<void> {
    this.#measured = await this.#options.stream.lag(uplinkStream, this.#options.group)
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (this.#measured <= one.entries) one.resolve()
      else this.#waiting.push(one)
    }
  }
}
