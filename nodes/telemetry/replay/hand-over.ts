import type { Clock } from '../../platform/clock.ts'
import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import type { Entry, Handled } from '../../platform/stream/port.ts'
import { Attempts, type Work } from '../../platform/stream/attempts.ts'
import { Interruptible } from '../../platform/stream/interruptible.ts'

export interface HandOverParts {
  /** Sends a batch into the flow and tells what became of it. */
  readonly deliver: (entries: readonly Entry[]) => Promise<DeliveryOutcome>
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Of jitter, in [0, 1). */
  readonly random: () => number
  readonly fault: (error: Error) => void
  /** Takes what fails by itself, `maxDeliveries` times; resolves when that is durable. */
  readonly abandon: (entry: Entry, error: Error) => Promise<void>
  readonly maxDeliveries: number
}

/**
 * Hands a batch to the flow as the stream hands its own: until it has gone through, for as long as that takes; halved around
 * what fails by itself, which is given up after its tries.
 * @returns when its effects are durable; undefined when it was stopped before
 */
export async function handOver(
  { abandon, clock, deliver, fault, maxDeliveries, random, signal }: HandOverParts,
  entries: readonly Entry[],
): Promise<{ readonly durable: Promise<void> } | undefined> {
  const waits = new Interruptible(clock)
  const stop = (): void => {
    waits.close()
    waits.forget()
  }
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const handle = async (some: readonly Entry[]): Promise<Handled> => {
    for (;;) {
      const outcome = await deliver(some)
      if (outcome.kind === 'interrupted') continue
      if (outcome.kind !== 'processed') fault(outcome.error)
      return outcome
    }
  }
  const durables: Promise<void>[] = []
  const attempts = new Attempts({ options: { handle, abandon, maxDeliveries }, waits, random })
  await attempts.process(stretchOf(entries, durables))
  signal.removeEventListener('abort', stop)
  if (waits.closing) return undefined
  return { durable: Promise.all(durables).then(() => undefined) }
}

const stretchOf = (entries: readonly Entry[], durables: Promise<void>[]): Work => ({
  entries: () => entries,
  processed: (durable) => void (durable && durables.push(durable)),
  returned: () => undefined,
  // A replay is asked for by somebody who looks at it, and begins again from where it was written down.
  trial: () => undefined,
  halves() {
    const middle = Math.ceil(entries.length / 2)
    return [stretchOf(entries.slice(0, middle), durables), stretchOf(entries.slice(middle), durables)]
  },
})
