import type { Logger } from '../../nodes/platform/logger.ts'
import type { BusListener } from '../../nodes/platform/bus/port.ts'

/** Who listens to what on one instance; the part that every adapter of the bus needs. */
export class Listeners {
  readonly #byTopic = new Map<string, Set<BusListener>>()
  readonly #ofGaps = new Set<() => void>()
  readonly #log: Pick<Logger, 'error'>

  constructor(log: Pick<Logger, 'error'>) {
    this.#log = log
  }

  subscribe(topic: string, listener: BusListener): () => void {
    const listeners = this.#byTopic.get(topic) ?? new Set()
    this.#byTopic.set(topic, listeners)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  onGap(listener: () => void): () => void {
    this.#ofGaps.add(listener)
    return () => void this.#ofGaps.delete(listener)
  }

  deliver(topic: string, event: unknown, from: string): void {
    for (const listener of this.#byTopic.get(topic) ?? [])
      this.#guarded({ topic, from }, () => listener(event, from))
  }

  gap(): void {
    for (const listener of this.#ofGaps) this.#guarded({ topic: 'gap' }, listener)
  }

  #guarded(what: object, listener: () => void): void {
    try {
      listener()
    } catch (error) {
      this.#log.error({ ...what, err: error }, 'a listener of the bus failed')
    }
  }
}
