import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import type { FlowEntrance } from '../../platform/kit/flow-entrance.ts'
import { asError } from '../../platform/kit/presentable.ts'
import { openStreamSource } from '../../platform/kit/stream-source.ts'
import { uplinkMessage } from '../reading.ts'
import { RemovedGroups } from '../removed-groups.ts'
import { deliverUplinks, poison } from '../stream-uplink.ts'
import { uplinkStream } from '../uplink-intake.ts'
import { config } from './config.ts'
import { domain as telemetryDomain } from '../domain.ts'

export default defineNode({
  type: 'uplink',
  category: 'telemetry',
  icon: 'font-awesome/fa-cloud-upload',
  config,
  needs: { ...kit('clock', 'deliveries', 'store', 'stream'), telemetry: telemetryDomain },
  outputs: [{ label: 'uplinks', message: uplinkMessage }],
  start({ config: properties, needed, emit, fault }) {
    const { clock, deliveries, store, stream, telemetry } = needed
    const entrance: FlowEntrance = { deliveries, emit, clock, stallMs: properties.stallSeconds * 1000 }

    const removedGroups = new RemovedGroups(store, clock)
    let endPacing: (() => void) | undefined
    const source = openStreamSource({
      from: stream,
      deliveries,
      fault,
      stream: uplinkStream,
      group: properties.group,
      startAt: properties.startAt,
      maxEntries: properties.maxBatch,
      maxDeliveries: properties.maxDeliveries,
      async deliver(entries) {
        const outcome = await deliverUplinks(entrance, entries)
        if (outcome.kind === 'processed') telemetry.counts.messagesProcessed += entries.length
        return outcome
      },
      abandon: (entry, error) => telemetry.deadLetters.put([poison(entry, entry.deliveries + 1, error)]),
      onOpen(consumer) {
        endPacing = telemetry.intake.pacedBy(consumer)
        removedGroups.used(properties.group).catch((error: unknown) => fault(asError(error)))
      },
    })

    return {
      async close(isRemoved) {
        endPacing?.()
        await source.close()
        // It may have opened only then.
        endPacing?.()
        if (isRemoved) await removedGroups.removed(uplinkStream, properties.group)
      },
    }
  },
})
