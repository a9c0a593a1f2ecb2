/** What makes a source node of a consumer group: batches go into the flow one after the other. */
import type { ConsumeOptions, Consumer, Entry, Handled, Stream } from '../stream/port.ts'
import type { DeliveryOutcome, DeliveryTracker } from './delivery.ts'
import { Unavailable } from './unavailable.ts'

export interface StreamSourceParts extends Omit<ConsumeOptions, 'handle' | 'whenReady'> {
  readonly from: Pick<Stream, 'consume'>
  readonly deliveries: Pick<DeliveryTracker, 'whenFlowsRun'>
  /** Sends a batch into the flow; resolves when nothing of it is on the way any more. */
  readonly deliver: (entries: readonly Entry[]) => Promise<DeliveryOutcome>
  readonly fault: (error: Error) => void
  readonly onOpen?: (consumer: Consumer) => void
}

/**
 * Begins to consume. A batch is acknowledged when the flow is through with it and its effects are durable; one that a
 * restart of the flows has interrupted is sent again to the new nodes.
 */
export function openStreamSource(parts: StreamSourceParts): { close(): Promise<void> } {
  const { deliver, deliveries, fault, from, onOpen, ...options } = parts
  let isClosed = false
  const handle = async (entries: readonly Entry[]): Promise<Handled> => {
    for (;;) {
      await deliveries.whenFlowsRun()
      if (isClosed) return { kind: 'unavailable', error: new Unavailable('the node was closed') }
      const outcome = await deliver(entries)
      if (outcome.kind === 'interrupted') continue
      if (outcome.kind !== 'processed') fault(outcome.error)
      return outcome
    }
  }
  const opening = from
    .consume({ ...options, whenReady: () => deliveries.whenFlowsRun(), handle })
    .then((consumer) => {
      onOpen?.(consumer)
      return consumer
    })
  opening.catch((error: unknown) => fault(error instanceof Error ? error : new Error(String(error))))
  return {
    async close() {
      isClosed = true
      const consumer = await opening
      // What the flow still holds is lost with its nodes: not acknowledged, it comes again to the next ones.
      await consumer.close(0)
    },
  }
}
