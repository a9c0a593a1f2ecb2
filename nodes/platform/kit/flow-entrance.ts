import type { Clock } from '../clock.ts'
import { type DeliveryOutcome, deliveryProperty, type DeliveryTracker } from './delivery.ts'
import type { Outputs } from './node-definition.ts'

export interface FlowEntrance {
  readonly deliveries: Pick<DeliveryTracker, 'begin'>
  readonly emit: (outputs: Outputs, extra?: Readonly<Record<string, unknown>>) => void
  readonly after: Clock['after']
  /** A batch that the flow has not finished by then is given up. */
  readonly stallMs: number
}

/** Sends a batch into the flow as one message; resolves when nothing of it is on the way any more. */
export async function deliverBatch(
  { after, deliveries, emit, stallMs }: FlowEntrance,
  items: readonly unknown[],
  extra: Readonly<Record<string, unknown>> = {},
): Promise<DeliveryOutcome> {
  const delivery = deliveries.begin()
  const cancelStall = after(stallMs, () =>
    delivery.forget(new Error(`the flow has not finished a batch in ${stallMs / 1000} s`)),
  )
  emit([items], { ...extra, [deliveryProperty]: delivery.id })
  delivery.released()
  const outcome = await delivery.outcome
  cancelStall()
  return outcome
}
