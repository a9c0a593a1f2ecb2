import { backoffMs } from '../clock.ts'
import type { ConsumeOptions, Handled } from '../port.ts'
import type { LogEntry } from './entry.ts'
import type { Group } from './group.ts'
import type { Interruptible } from './interruptible.ts'

const defaultMaxDeliveries = 5
const outage = { firstMs: 100, lastMs: 5000 }
const failure = { firstMs: 20, lastMs: 500 }

export interface AttemptsContext {
  readonly options: ConsumeOptions
  readonly group: Group
  readonly waits: Interruptible
  readonly random: () => number
}

/** Hands entries to the handler until they are processed, or abandoned, or the consumer closes. */
export class Attempts {
  readonly #options: ConsumeOptions
  readonly #group: Group
  readonly #waits: Interruptible
  readonly #random: () => number

  constructor({ options, group, waits, random }: AttemptsContext) {
    this.#options = options
    this.#group = group
    this.#waits = waits
    this.#random = random
  }

  /** `from` and `to` are the positions that count as processed with these entries. */
  async process(entries: readonly LogEntry[], from: number, to: number): Promise<void> {
    const { maxDeliveries = defaultMaxDeliveries } = this.#options
    let outages = 0
    let failures = 0
    while (!this.#waits.closing) {
      const handled = await this.#hand(entries)
      if (handled?.kind === 'processed') {
        this.#group.process(from, to, handled.durable)
        return
      }
      this.#group.deliveries.note(from, to)
      if (handled === undefined) return
      if (handled.kind === 'unavailable') {
        await this.outage(outages)
        outages += 1
        continue
      }
      const [culprit, another] = entries
      if (culprit === undefined || another !== undefined) {
        await this.#halve(entries, from, to)
        return
      }
      failures += 1
      if (failures >= maxDeliveries) {
        await this.#abandon(culprit, handled.error, from, to)
        return
      }
      await this.#waits.pause(backoffMs(failures - 1, failure.firstMs, failure.lastMs, this.#random()))
    }
  }

  /** The pause after the world's failure. */
  outage(attempt: number): Promise<void> {
    return this.#waits.pause(backoffMs(attempt, outage.firstMs, outage.lastMs, this.#random()))
  }

  async #halve(entries: readonly LogEntry[], from: number, to: number): Promise<void> {
    const middle = Math.ceil(entries.length / 2)
    const border = entries[middle]?.position ?? to
    await this.process(entries.slice(0, middle), from, border)
    await this.process(entries.slice(middle), border, to)
  }

  async #abandon(entry: LogEntry, error: Error, from: number, to: number): Promise<void> {
    const last = entry.redelivered(this.#group.deliveries.count(entry.position))
    for (let attempt = 0; !this.#waits.closing; attempt += 1) {
      try {
        const done = await this.#waits.call(async () => {
          await this.#options.abandon(last, error)
          return true
        })
        if (done === true) this.#group.process(from, to)
        return
      } catch {
        await this.outage(attempt)
      }
    }
  }

  async #hand(entries: readonly LogEntry[]): Promise<Handled | undefined> {
    const { deliveries } = this.#group
    const handed = deliveries.none
      ? entries
      : entries.map((entry) => entry.redelivered(deliveries.count(entry.position)))
    try {
      return await this.#waits.call(async () => this.#options.handle(handed), ignoreDurability)
    } catch (error) {
      return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) }
    }
  }
}

/** Nobody follows a batch that was forgotten: that it did not become durable must not end the process. */
function ignoreDurability(handled: Handled): void {
  if (handled.kind === 'processed') handled.durable.catch(() => undefined)
}
