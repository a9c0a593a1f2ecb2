import type { Entry } from '../platform/stream/port.ts'
import type { DeliveryOutcome } from '../platform/kit/delivery.ts'
import { deliverBatch, type FlowEntrance } from '../platform/kit/flow-entrance.ts'
import { presentable } from '../platform/kit/presentable.ts'
import type { Reject } from './dead-letter.ts'
import type { Uplink } from './reading.ts'
import { receivedAtOf, untimedAtOf } from './receipt-time.ts'

/** Sends a batch of the stream into the flow; resolves when nothing of it is on the way any more. */
export const deliverUplinks = (
  entrance: FlowEntrance,
  entries: readonly Entry[],
  extra?: Readonly<Record<string, unknown>>,
): Promise<DeliveryOutcome> =>
  deliverBatch(
    entrance,
    entries.map((entry) => new StreamUplink(entry)),
    extra,
  )

/** A view of a stream entry: what few ask for is made only then. */
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
    this.receivedAt = receivedAtOf(entry.atMs)
  }

  get untimedAt(): number {
    return untimedAtOf(this.entry.atMs)
  }

  get offset(): string {
    return this.entry.offset
  }
}

/** What becomes of an entry that failed by itself, however often it was tried. */
export const poison = (entry: Entry, tries: number, error: Error): Reject =>
  poisoned(new StreamUplink(entry), tries, error)

export const poisoned = (uplink: Uplink, tries: number, error: Error): Reject => ({
  orgId: uplink.orgId,
  deviceId: uplink.deviceId,
  topic: uplink.topic,
  reason: 'poison',
  detail: `given up after ${tries} tries: ${presentable(error)}`,
  payload: uplink.payload,
  receivedAt: uplink.receivedAt,
  offset: uplink.offset,
  index: 0,
})
