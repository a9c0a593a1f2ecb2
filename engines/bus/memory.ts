import { silentLogger, type Logger } from '../../nodes/platform/logger.ts'
import { Listeners } from './listeners.ts'
import type { Bus, BusListener } from '../../nodes/platform/bus/port.ts'

/** Connects the buses of one process, where several instances live in it (in tests); a platform alone has one to itself. */
export class MemoryHub {
  readonly #members = new Set<MemoryBus>()
  readonly #cutOff = new Set<MemoryBus>()

  open(instance: string, log: Pick<Logger, 'error'> = silentLogger): Bus {
    const bus = new MemoryBus(instance, log, this)
    this.#members.add(bus)
    return bus
  }

  /** What others publish does not reach it until {@link reconnect}. */
  cutOff(bus: Bus): void {
    for (const member of this.#members) if (member === bus) this.#cutOff.add(member)
  }

  reconnect(bus: Bus): void {
    for (const member of this.#cutOff) if (member === bus && this.#cutOff.delete(member)) member.gap()
  }

  tell(from: MemoryBus, topic: string, event: string): void {
    for (const member of this.#members)
      if (member !== from && !this.#cutOff.has(member)) member.hear(topic, event, from.instance)
  }

  instancesBeside(bus: MemoryBus): readonly string[] {
    return [...this.#members].filter((member) => member !== bus).map(({ instance }) => instance)
  }

  leave(bus: MemoryBus): void {
    this.#members.delete(bus)
    this.#cutOff.delete(bus)
  }
}

/** The bus of a platform that is one process: nobody else hears it, and nothing can go missing. */
export const soleBus = (instance: string): Bus => new MemoryHub().open(instance)

class MemoryBus implements Bus {
  readonly instance: string
  readonly trouble = undefined
  readonly #hub: MemoryHub
  readonly #listeners: Listeners

  constructor(instance: string, log: Pick<Logger, 'error'>, hub: MemoryHub) {
    this.instance = instance
    this.#hub = hub
    this.#listeners = new Listeners(log)
  }

  async publish(topic: string, event: unknown): Promise<void> {
    this.#hub.tell(this, topic, JSON.stringify(event))
  }

  subscribe(topic: string, listener: BusListener): () => void {
    return this.#listeners.subscribe(topic, listener)
  }

  onGap(listener: () => void): () => void {
    return this.#listeners.onGap(listener)
  }

  others(): readonly string[] {
    return this.#hub.instancesBeside(this)
  }

  /** Parsed for each of them: nobody can change what another one hears. */
  hear(topic: string, event: string, from: string): void {
    this.#listeners.deliver(topic, JSON.parse(event), from)
  }

  gap(): void {
    this.#listeners.gap()
  }

  async close(): Promise<void> {
    this.#hub.leave(this)
  }
}
