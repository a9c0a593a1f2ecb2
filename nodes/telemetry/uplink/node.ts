import { type DeliveryOutcome, deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { Unavailable } from '../../platform/kit/unavailable.ts'
import type { Consumer, Entry, Handled } from '../../platform/stream/port.ts'
import type { Reject } from '../dead-letter.ts'
import { type Uplink, uplinkMessage } from '../reading.ts'
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
    const stallMs = properties.stallSeconds * 1000

    let isClosed = false

    const deliver = async (entries: readonly Entry[]): Promise<DeliveryOutcome> => {
      const delivery = deliveries.begin()
      const stalled = setTimeout(
        () => delivery.forget(new Error(`the flow has not finished a batch in ${properties.stallSeconds} s`)),
        stallMs,
      )
      emit([entries.map((entry) => new StreamUplink(entry))], { [deliveryProperty]: delivery.id })
      delivery.released()
      const outcome = await delivery.outcome
      clearTimeout(stalled)
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
        handle,
        abandon: (entry, error) => deadLetters.put([poison(entry, error)]),
      })
      .then((consumer) => {
        intake.pacedBy(consumer)
        return consumer
      })
    opening.catch((error: unknown) => fault(error instanceof Error ? error : new Error(String(error))))

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

/** A view of a stream entry: the offset is turned into text only when somebody asks. */
class StreamUplink implements Uplink {
  readonly entry: Entry
  readonly orgId: string
  readonly deviceId: string
  readonly topic: string
  readonly payload: Uint8Array
  readonly receivedAt: number

  constructor(entry: Entry) {
    this.entry = entry
    this.orgId = entry.route.orgId
    this.deviceId = entry.route.key
    this.topic = entry.route.type
    this.payload = entry.data
    this.receivedAt = entry.atMs
  }

  get offset(): string {
    return this.entry.offset
  }
}

const poison = (entry: Entry, error: Error): Reject => ({
  orgId: entry.route.orgId,
  deviceId: entry.route.key,
  topic: entry.route.type,
  reason: 'poison',
  detail: `given up after ${entry.deliveries + 1} tries: ${error.message}`,
  payload: entry.data,
  receivedAt: entry.atMs,
  offset: entry.offset,
  index: 0,
})
