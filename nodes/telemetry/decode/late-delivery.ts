import type { Backoff } from '../../platform/backoff.ts'
import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import { asError } from '../../platform/kit/presentable.ts'
import type { Late } from './late.ts'

const maxTries = 5
const outage = { firstMs: 100, lastMs: 5000 }
const failure = { firstMs: 20, lastMs: 500 }

export interface LateDeliveryParts {
  /** Sends what they mean into the flow. */
  readonly deliver: (batch: readonly Late[]) => Promise<DeliveryOutcome>
  /** Keeps one that fails by itself as a dead letter. */
  readonly abandon: (late: Late, tries: number, error: Error) => Promise<void>
  readonly fault: (error: Error) => void
  readonly isClosed: () => boolean
  readonly pause: (attempt: number, backoff: Backoff) => Promise<void>
}

/** Gets them through the flow as the stream does: again after an outage, in halves after a failure. */
export class LateDelivery {
  readonly #parts: LateDeliveryParts

  constructor(parts: LateDeliveryParts) {
    this.#parts = parts
  }

  /** Resolves when all are through, or given up; when they are durable, their holds are told. */
  async deliver(batch: readonly Late[]): Promise<void> {
    const { deliver, fault, isClosed, pause } = this.#parts
    let outages = 0
    for (let failures = 0; !isClosed();) {
      const outcome = await deliver(batch)
      if (outcome.kind === 'processed') return void follow(batch, outcome.durable)
      if (outcome.kind === 'interrupted') continue
      fault(outcome.error)
      if (outcome.kind === 'unavailable') {
        await pause(outages, outage)
        outages += 1
        continue
      }
      if (batch.length > 1) {
        const middle = Math.ceil(batch.length / 2)
        await this.deliver(batch.slice(0, middle))
        return this.deliver(batch.slice(middle))
      }
      failures += 1
      if (failures >= maxTries) return this.#abandon(batch, failures, outcome.error)
      await pause(failures - 1, failure)
    }
    leave(batch, new Error('the node was closed'))
  }

  async #abandon(batch: readonly Late[], tries: number, error: Error): Promise<void> {
    for (let attempt = 0; !this.#parts.isClosed(); attempt += 1) {
      try {
        for (const late of batch) await this.#parts.abandon(late, tries, error)
        return leave(batch)
      } catch {
        await this.#parts.pause(attempt, outage)
      }
    }
    leave(batch, new Error('the node was closed'))
  }
}

async function follow(batch: readonly Late[], durable: Promise<void>): Promise<void> {
  try {
    await durable
    leave(batch)
  } catch (error) {
    leave(batch, asError(error))
  }
}

function leave(batch: readonly Late[], error?: Error): void {
  for (const { hold } of batch) hold.leave(error)
}
