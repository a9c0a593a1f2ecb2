import type { Clock } from '../clock.ts'
import { type DeliveryOutcome, type DeliveryTracker, ofDelivery } from './delivery.ts'
import type { Outputs } from './node-definition.ts'

export interface FlowEntrance {
  readonly deliveries: Pick<DeliveryTracker, 'begin'>
  readonly emit: (outputs: Outputs, extra?: Readonly<Record<string, unknown>>) => void
  readonly clock: Pick<Clock, 'after'>
  /** A batch that the flow has not finished by then is given up. */
  readonly stallMs: number
}

/** Sends a batch into the flow as one message; resolves when nothing of it is on the way any more. */
export const deliverBatch = (
  entrance: FlowEntrance,
  items: readonly unknown[],
  extra?: Readonly<Record<string, unknown>>,
): Promise<DeliveryOutcome> => deliverOutputs(entrance, [items], extra)

/** The same, with a message for each output. */
export async function deliverOutputs(
  { clock, deliveries, emit, stallMs }: FlowEntrance,
  outputs: Outputs,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<DeliveryOutcome> {
  const delivery = deliveries.begin()
  const cancelStall = clock.after(stallMs, () =>
    delivery.forget(new Error(`the flow has not finished a batch in ${stallMs / 1000} s`)),
  )
  emit(outputs, { ...extra, ...ofDelivery(delivery.id) })
  delivery.released()
  const outcome = await delivery.outcome
  cancelStall()
  return outcome
}
