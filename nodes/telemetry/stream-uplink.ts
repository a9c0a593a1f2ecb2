import type { Entry } from '../platform/stream/port.ts'
import { type DeliveryOutcome, deliveryProperty, type DeliveryTracker } from '../platform/kit/delivery.ts'
import type { Outputs } from '../platform/kit/node-definition.ts'
import { presentable } from '../platform/kit/presentable.ts'
import type { Reject } from './dead-letter.ts'
import type { Uplink } from './reading.ts'

export interface FlowEntrance {
  readonly deliveries: DeliveryTracker
  readonly emit: (outputs: Outputs, extra?: Readonly<Record<string, unknown>>) => void
  readonly after: (ms: number, task: () => void) => () => void
  /** A batch that the flow has not finished by then is given up. */
  readonly stallMs: number
}

/** Sends a batch of the stream into the flow; resolves when nothing of it is on the way any more. */
export async function deliverUplinks(
  { after, deliveries, emit, stallMs }: FlowEntrance,
  entries: readonly Entry[],
  extra: Readonly<Record<string, unknown>> = {},
): Promise<DeliveryOutcome> {
  const delivery = deliveries.begin()
  const cancelStall = after(stallMs, () =>
    delivery.forget(new Error(`the flow has not finished a batch in ${stallMs / 1000} s`)),
  )
  emit([entries.map((entry) => new StreamUplink(entry))], { ...extra, [deliveryProperty]: delivery.id })
  delivery.released()
  const outcome = await delivery.outcome
  cancelStall()
  return outcome
}

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

/** What becomes of an entry that failed by itself, however often it was tried. */
export const poison = (entry: Entry, tries: number, error: Error): Reject => ({
  orgId: entry.route.orgId,
  deviceId: entry.route.key,
  topic: entry.route.type,
  reason: 'poison',
  detail: `given up after ${tries} tries: ${presentable(error)}`,
  payload: entry.data,
  receivedAt: entry.atMs,
  offset: entry.offset,
  index: 0,
})
