import type { Clock } from '../platform/clock.ts'
import type { Command } from './command.ts'

export type EndListener = (orgId: string, command: Command) => void

/** Who is told of commands that end here: each ends on one instance. */
export class Endings {
  readonly #clock: Pick<Clock, 'after'>
  readonly #listeners = new Set<EndListener>()
  readonly #awaited = new Map<string, Set<(ended: Command) => void>>()

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  /** The result ends it. */
  onEnd(listener: EndListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(orgId: string, command: Command): void {
    for (const listener of this.#listeners) listener(orgId, command)
    for (const resolve of this.#awaited.get(command.id) ?? []) resolve(command)
  }

  /** Undefined when it does not end here within so long. */
  endOf(id: string, withinMs: number): Promise<Command | undefined> {
    const { promise, resolve } = Promise.withResolvers<Command | undefined>()
    const cancelTimer = this.#clock.after(withinMs, () => resolve(undefined))
    const waiting = this.#awaited.get(id) ?? new Set()
    this.#awaited.set(id, waiting.add(resolve))
    return promise.finally(() => {
      cancelTimer()
      waiting.delete(resolve)
      if (waiting.size === 0) this.#awaited.delete(id)
    })
  }
}
