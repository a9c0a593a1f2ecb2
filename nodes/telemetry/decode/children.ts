import { isChildOf } from '../../devices/broker-access.ts'
import { addressOf, type DeviceRecord, routeOf, telemetryTopicOf } from '../../devices/device.ts'
import type { DeviceDirectory } from '../../devices/directory.ts'
import { utf8Bytes } from '../../platform/kit/bytes.ts'
import type { NewEntry } from '../../platform/stream/port.ts'
import { topicOf } from '../ingest-target.ts'
import { maxAheadMs, toEntryTime } from '../receipt-time.ts'
import { describe } from '../timestamp.ts'
import type { Fault } from './fault.ts'
import type { ChildMessage } from './child-message.ts'
import type { DecodeContext } from './keep.ts'

const maxChildren = 1000
/** Beyond what else may be wrong with a message: reasons, each once. */
const firstIndex = 100

/** `[{device, payload}]`, or one of them; text is the payload as it is, anything else as JSON. */
export function readChildren(
  value: unknown,
  { children, faults, record, uplink }: Pick<DecodeContext, 'children' | 'faults' | 'record' | 'uplink'>,
): void {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
  if (list.length > maxChildren) {
    faults.push({ reason: 'wrong-shape', detail: `children: more than ${maxChildren}` })
    return
  }
  for (const [index, item] of list.entries()) {
    const { device, payload } = toChild(item)
    if (typeof device !== 'string' || payload === undefined)
      faults.push({
        reason: 'wrong-shape',
        detail: `[${index}]: must have device and payload, not ${describe(item)}`,
      })
    else
      children.push({
        uplink,
        gateway: record,
        address: device,
        data: utf8Bytes(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      })
  }
}

const toChild = (item: unknown): { readonly device?: unknown; readonly payload?: unknown } =>
  typeof item === 'object' && item !== null ? item : {}

interface Refused {
  readonly message: ChildMessage
  readonly fault: Fault
  /** Tells its dead letter apart from others of the gateway's message. */
  readonly index: number
}

export interface Forwarding {
  readonly entries: readonly NewEntry[]
  /** Those that are nobody's child. */
  readonly refused: readonly Refused[]
}

/**
 * What the children's messages are in the stream: received when the gateway's was, so that one that comes again makes the same
 * readings. Several of a child are told apart as several in one millisecond are.
 */
export function forwarded(
  messages: readonly ChildMessage[],
  directory: Pick<DeviceDirectory, 'byAddress'>,
): Forwarding {
  const entries: NewEntry[] = []
  const refused: Refused[] = []
  const counts = new Map<string, number>()
  const refuse = (message: ChildMessage, reason: Fault['reason'], what: string): void => {
    const key = `refused\n${message.uplink.offset}`
    const nth = counts.get(key) ?? 0
    counts.set(key, nth + 1)
    const detail = `${message.address.slice(0, 100)} ${what}`
    refused.push({ message, fault: { reason, detail }, index: firstIndex + nth })
  }
  for (const message of messages) {
    const { address, data, gateway, uplink } = message
    const record = directory.byAddress(address).find((one) => isChildOf(one, gateway))
    const topic = record && topicOf(record.deviceClass, record.orgId, addressOf(record.device))
    const route = record && topic !== undefined ? routeOf(record, topic) : undefined
    if (record === undefined || topic === undefined || route === undefined)
      refuse(message, 'unknown-device', 'is not a child of this gateway')
    else if (isGatewayTopic(record, topic)) refuse(message, 'wrong-shape', 'is such a gateway itself')
    else {
      const key = `${uplink.offset}\n${record.device.id}`
      const nth = counts.get(key) ?? 0
      counts.set(key, nth + 1)
      const aheadMs = (uplink.untimedAt ?? uplink.receivedAt) - uplink.receivedAt + nth
      entries.push({ route, data, atMs: toEntryTime(uplink.receivedAt, Math.min(aheadMs, maxAheadMs)) })
    }
  }
  return { entries, refused }
}

/** A gateway that brought another one's messages, which bring the first one's, would have no end. */
function isGatewayTopic(record: DeviceRecord, topic: string): boolean {
  const entry = telemetryTopicOf(record, topic)?.entry ?? -1
  return record.deviceClass.telemetry[entry]?.decode.shape === 'children'
}
