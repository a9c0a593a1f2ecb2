import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { asError } from '../../platform/kit/presentable.ts'
import { Unavailable } from '../../platform/kit/unavailable.ts'
import { systemClock as timers } from '../../platform/stream/clock.ts'
import type { Consumer, Entry, Handled } from '../../platform/stream/port.ts'
import { uplinkMessage } from '../reading.ts'
import { deliverUplinks, type FlowEntrance, poison } from '../stream-uplink.ts'
import { uplinkStream } from '../uplink-intake.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'uplink',
  category: 'telemetry',
  icon: 'font-awesome/fa-cloud-upload',
  config,
  outputs: [{ label: 'uplinks', message: uplinkMessage }],
  start({ config: properties, platform, emit, fault }) {
    const { deadLetters, deliveries, intake, stream } = platform
    const entrance: FlowEntrance = {
      deliveries,
      emit,
      after: (ms, task) => timers.after(ms, task),
      stallMs: properties.stallSeconds * 1000,
    }

    let isClosed = false

    const deliver = async (entries: readonly Entry[]): Promise<DeliveryOutcome> => {
      const outcome = await deliverUplinks(entrance, entries)
      if (outcome.kind === 'processed') platform.metrics.ingest.messagesProcessed += entries.length
      else if (outcome.kind !== 'interrupted') fault(outcome.error)
      return outcome
    }

    const handle = async (entries: readonly Entry[]): Promise<Handled> => {
      for (;;) {
        await deliveries.whenFlowsRun()
        if (isClosed) return { kind: 'unavailable', error: new Unavailable('the node was closed') }
        const outcome = await deliver(entries)
        if (outcome.kind !== 'interrupted') return outcome
      }
    }

    const opening: Promise<Consumer> = stream
      .consume({
        stream: uplinkStream,
        group: properties.group,
        startAt: properties.startAt,
        maxEntries: properties.maxBatch,
        maxDeliveries: properties.maxDeliveries,
        whenReady: () => deliveries.whenFlowsRun(),
        handle,
        abandon: (entry, error) => deadLetters.put([poison(entry, entry.deliveries + 1, error)]),
      })
      .then((consumer) => {
        intake.pacedBy(consumer)
        return consumer
      })
    opening.catch((error: unknown) => fault(asError(error)))

    return {
      async close() {
        isClosed = true
        intake.pacedBy(undefined)
        const consumer = await opening
        // What the flow still holds is lost with its nodes: not acknowledged, it comes again to the next ones.
        await consumer.close(0)
      },
    }
  },
})
