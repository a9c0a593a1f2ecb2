import { channelOf, connectionTopic, type DeviceRecord } from '../../devices/device.ts'
import type { Reject } from '../dead-letter.ts'
import type { DeadLetterReason } from '../dead-letter-reasons.ts'
import type { DeviceReport } from '../../devices/device-report.ts'
import type { DeviceEvent, Reading, Uplink } from '../reading.ts'
import type { TimeWindow } from '../timestamp.ts'
import type { ChildMessage } from './child-message.ts'
import { decoderOf } from './decoder.ts'
import type { Fault } from './fault.ts'
import { decodeFields, reportedFields } from './fields.ts'
import { onlineBy } from './lifecycle.ts'
import { decodeReadings } from './readings.ts'

/** What becomes of a batch of uplinks; filled by {@link decodeUplink}, so that a batch costs no merging. */
export interface Decoded {
  readonly readings: Reading[]
  readonly reports: DeviceReport[]
  readonly events: DeviceEvent[]
  readonly responses: DeviceEvent[]
  readonly rejects: Reject[]
  /** What a gateway has brought, to go on as messages of their own. */
  readonly children: ChildMessage[]
}

export const nothingDecoded = (): Decoded => ({
  readings: [],
  reports: [],
  events: [],
  responses: [],
  rejects: [],
  children: [],
})

/**
 * Turns one publish, its payload parsed, into what it means for its device. One bad reading does not lose its good
 * neighbours: the payload goes to the dead letters once for each kind of fault, and the rest goes on.
 */
export function decodeUplink(
  into: Decoded,
  uplink: Uplink,
  value: unknown,
  record: DeviceRecord,
  window: TimeWindow,
): void {
  const channel = channelOf(record, uplink.topic)
  if (channel === 'telemetry') {
    decodeTelemetry(into, uplink, value, record, window)
    if (record.answerTopics.size > 0 && record.answerTopics.has(uplink.topic))
      into.responses.push(answerOf(uplink, value))
  } else if (channel === 'lifecycle' && uplink.topic !== connectionTopic && record.deviceClass.lifecycle) {
    const isOnline = onlineBy(record.deviceClass.lifecycle, value)
    if (typeof isOnline === 'boolean') into.reports.push({ ...origin(uplink), online: isOnline })
    else rejectUplink(into, uplink, { reason: 'wrong-shape', detail: isOnline })
  } else if (channel === 'cmdres' && record.answerTopics.has(uplink.topic)) {
    into.responses.push(answerOf(uplink, value))
  } else if (!isObject(value)) {
    rejectUplink(into, uplink, { reason: 'wrong-shape', detail: 'the payload is not a JSON object' })
  } else if (channel === 'lifecycle') {
    const status = value['status']
    if (status === 'online' || status === 'offline') {
      into.reports.push({ ...origin(uplink), online: status === 'online' })
    } else if (uplink.topic === connectionTopic && status === 'silent') {
      into.reports.push({ ...origin(uplink), receivedAt: Number(value['since']), isSilent: true })
    } else {
      rejectUplink(into, uplink, { reason: 'wrong-shape', detail: 'status: must be "online" or "offline"' })
    }
  } else if (channel === 'events' || channel === 'cmdres') {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was parsed from JSON, and is an object
    const body = value as DeviceEvent['body']
    const event = { ...origin(uplink), offset: uplink.offset, body }
    if (channel === 'events') into.events.push(event)
    else into.responses.push(event)
  } else {
    rejectUplink(into, uplink, {
      reason: 'foreign-topic',
      detail: `${uplink.topic} is not a topic of this device`,
    })
  }
}

/** In the make's own words; what is no object is at `value`. */
const answerOf = (uplink: Uplink, value: unknown): DeviceEvent => ({
  ...origin(uplink),
  offset: uplink.offset,
  topic: uplink.topic,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was parsed from JSON, or is text
  body: (isObject(value) ? value : { value }) as DeviceEvent['body'],
})

function decodeTelemetry(
  into: Decoded,
  uplink: Uplink,
  value: unknown,
  record: DeviceRecord,
  window: TimeWindow,
): void {
  const faults: Fault[] = []
  const decode = record.deviceClass.telemetry[0]?.decode
  if (!record.isPlain) {
    const decoder = decoderOf(record, uplink.topic)
    decoder?.entry.decode(value, {
      into: into.readings,
      children: into.children,
      faults,
      uplink,
      record,
      levels: decoder.levels,
      window,
    })
  } else if (decode?.shape === 'fields')
    decodeFields(into.readings, faults, uplink, value, record, decode, window)
  else decodeReadings(into.readings, faults, uplink, value, record, window)
  const reported = reportedFields(value, record.deviceClass.reported, uplink.payload)
  if (reported !== undefined) {
    const { deviceId, orgId, receivedAt } = uplink
    into.reports.push({ orgId, deviceId, receivedAt, reported })
  }
  if (faults.length > 0) rejectAll(into, uplink, faults)
}

export function rejectUplink(into: Decoded, uplink: Uplink, fault: Fault, index = 0): void {
  into.rejects.push({
    orgId: uplink.orgId,
    deviceId: uplink.deviceId,
    topic: uplink.topic,
    reason: fault.reason,
    detail: fault.detail,
    payload: uplink.payload,
    receivedAt: uplink.receivedAt,
    offset: uplink.offset,
    index,
  })
}

/** One dead letter for each reason, so that a payload of a thousand bad readings is not kept a thousand times. */
function rejectAll(into: Decoded, uplink: Uplink, faults: readonly Fault[]): void {
  const details = new Map<DeadLetterReason, string[]>()
  for (const { reason, detail } of faults) {
    const known = details.get(reason)
    if (known === undefined) details.set(reason, [detail])
    else if (known.length < 20) known.push(detail)
  }
  let index = 0
  for (const [reason, texts] of details) {
    rejectUplink(into, uplink, { reason, detail: texts.join('; ') }, index)
    index += 1
  }
}

const origin = (uplink: Uplink): { orgId: string; deviceId: string; receivedAt: number } => ({
  orgId: uplink.orgId,
  deviceId: uplink.deviceId,
  receivedAt: uplink.receivedAt,
})

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
