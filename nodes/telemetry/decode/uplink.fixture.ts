import { utf8Bytes } from '../../platform/kit/bytes.ts'
import type { DeviceRecord } from '../../devices/device.ts'
import type { Uplink } from '../reading.ts'
import { defaultTimeWindow } from '../timestamp.ts'
import { type Decoded, decodeUplink, nothingDecoded, rejectUplink } from './decode.ts'
import { readUplink } from './read-uplink.ts'

/** 2025-09-06T12:00:05Z */
export const receivedAt = Date.UTC(2025, 8, 6, 12, 0, 5)

export const telemetryTopic = 'org/acme/device/d1/telemetry'

export const anUplink = (value: unknown, changes: Partial<Uplink> = {}): Uplink => ({
  orgId: 'acme',
  deviceId: 'd1',
  topic: telemetryTopic,
  payload: utf8Bytes(JSON.stringify(value) ?? ''),
  receivedAt,
  offset: '7',
  ...changes,
})

/** What becomes of one publish of this device. */
export function decoded(value: unknown, record: DeviceRecord, topic = telemetryTopic): Decoded {
  const into = nothingDecoded()
  decodeUplink(into, anUplink(value, { topic }), value, record, defaultTimeWindow)
  return into
}

export interface Received {
  /** `[port, value]`, with a time where it is not that of the receipt. */
  readonly readings: readonly (readonly [number, number] | readonly [number, number, string])[]
  readonly suspect: number
  readonly reported: object
  readonly online: readonly boolean[]
  readonly reasons: readonly string[]
  readonly details: string
}

/** What becomes of these very bytes; an expression is not evaluated. */
export function received(
  payload: string | Uint8Array,
  record: DeviceRecord,
  topic: string = record.telemetryTopic,
): Received {
  const into = nothingDecoded()
  const bytes = typeof payload === 'string' ? utf8Bytes(payload) : payload
  const uplink = anUplink({}, { payload: bytes, topic, deviceId: record.device.id })
  const read = readUplink(uplink, record)
  if (read.kind === 'fault') rejectUplink(into, uplink, read)
  if (read.kind === 'value') decodeUplink(into, uplink, read.value, record, defaultTimeWindow)
  return {
    readings: into.readings.map(({ port, rawValue, ts }) =>
      ts === receivedAt ? [port, rawValue] : [port, rawValue, new Date(ts).toISOString()],
    ),
    suspect: into.readings.filter((reading) => 'quality' in reading && reading.quality === 'suspect').length,
    reported: Object.assign({}, ...into.reports.map(({ reported }) => reported)),
    online: into.reports.flatMap(({ online }) => online ?? []),
    reasons: into.rejects.map(({ reason }) => reason),
    details: into.rejects.map(({ detail }) => detail).join('; '),
  }
}
