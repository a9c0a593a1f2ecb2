import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { type DomainEvent, eventStream } from '../../platform/kit/events/event.ts'
import { fromEntry } from '../../platform/kit/events/event-codec.ts'
import { deliverBatch, type FlowEntrance } from '../../platform/kit/flow-entrance.ts'
import { openStreamSource } from '../../platform/kit/stream-source.ts'
import type { Entry } from '../../platform/stream/port.ts'
import type { Reject } from '../../telemetry/dead-letter.ts'
import { eventMessage } from '../event-message.ts'
import { SeenEvents } from '../seen-events.ts'
import { config } from './config.ts'
import { domain as telemetryDomain } from '../../telemetry/domain.ts'

export default defineNode({
  type: 'event-in',
  category: 'events',
  icon: 'font-awesome/fa-bolt',
  config,
  needs: { ...kit('clock', 'deliveries', 'stream'), telemetry: telemetryDomain },
  outputs: [{ label: 'events', message: eventMessage }],
  start({ config: properties, needed, emit, fault }) {
    const { clock, deliveries, stream, telemetry } = needed
    const types = new Set(properties.types.split(/[, ]+/).filter((type) => type !== ''))
    const isWanted = ({ route }: Entry): boolean => types.size === 0 || types.has(route.type)
    const seen = new SeenEvents()
    const entrance: FlowEntrance = { deliveries, emit, clock, stallMs: properties.stallSeconds * 1000 }
    const source = openStreamSource({
      from: stream,
      deliveries,
      fault,
      stream: eventStream,
      group: properties.group,
      startAt: properties.startAt,
      maxEntries: properties.maxBatch,
      maxDeliveries: properties.maxDeliveries,
      async deliver(entries) {
        let events: readonly DomainEvent[]
        try {
          events = seen.unseen(entries.filter(isWanted).map(fromEntry))
        } catch (error) {
          return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) }
        }
        if (events.length === 0) return { kind: 'processed', durable: Promise.resolve() }
        const outcome = await deliverBatch(entrance, events)
        if (outcome.kind === 'processed') {
          seen.passed(events)
          // The group goes back to this batch then.
          outcome.durable.catch(() => seen.forget())
        }
        return outcome
      },
      abandon: (entry, error) => telemetry.deadLetters.put([poisonEvent(entry, error)]),
    })
    return { close: () => source.close() }
  },
})

/** Kept with its bytes, for somebody to look at: an event is no device's, so it is not sent again from there. */
const poisonEvent = ({ atMs, data, deliveries, offset, route }: Entry, error: Error): Reject => ({
  orgId: route.orgId,
  deviceId: route.key,
  topic: `event/${route.type}`,
  reason: 'poison',
  detail: `given up after ${deliveries + 1} tries: ${error.message}`,
  payload: data,
  receivedAt: atMs,
  offset: `event-${offset}`,
  index: 0,
})
