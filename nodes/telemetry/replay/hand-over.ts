import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import type { Entry } from '../../platform/stream/port.ts'

export interface HandOverParts {
  /** Sends a batch into the flow and tells what became of it. */
  readonly deliver: (entries: readonly Entry[]) => Promise<DeliveryOutcome>
  readonly isStopped: () => boolean
  readonly pause: (ms: number) => Promise<void>
  readonly fault: (error: Error) => void
  /** Takes what fails by itself, `tries` times; resolves when that is durable. */
  readonly abandon: (entry: Entry, tries: number, error: Error) => Promise<void>
  readonly maxDeliveries: number
}

const firstPauseMs = 100
const lastPauseMs = 5000

/**
 * Hands a batch to the flow until it has gone through, for as long as that takes. A batch that fails is halved until the
 * entry that does it stands alone; that one is given up after its tries.
 * @returns when its effects are durable; undefined when it was stopped before
 */
export async function handOver(
  parts: HandOverParts,
  entries: readonly Entry[],
): Promise<{ readonly durable: Promise<void> } | undefined> {
  let failures = 0
  for (let attempt = 0; ; attempt += 1) {
    if (parts.isStopped()) return undefined
    const outcome = await parts.deliver(entries)
    if (outcome.kind === 'processed') return { durable: outcome.durable }
    if (outcome.kind === 'interrupted') continue
    parts.fault(outcome.error)
    if (outcome.kind === 'failed') {
      failures += 1
      const [only, other] = entries
      if (other !== undefined) return handOverHalves(parts, entries)
      if (only !== undefined && failures >= parts.maxDeliveries)
        return { durable: parts.abandon(only, failures, outcome.error) }
    }
    await parts.pause(Math.min(lastPauseMs, firstPauseMs * 2 ** Math.min(attempt, 10)))
  }
}

async function handOverHalves(parts: HandOverParts, entries: readonly Entry[]) {
  const middle = Math.ceil(entries.length / 2)
  const first = await handOver(parts, entries.slice(0, middle))
  const second = first && (await handOver(parts, entries.slice(middle)))
  return second && { durable: Promise.all([first.durable, second.durable]).then(() => undefined) }
}
