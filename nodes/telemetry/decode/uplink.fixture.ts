import { utf8Bytes } from '../../platform/kit/bytes.ts'
import type { DeviceRecord } from '../../devices/device.ts'
import type { Uplink } from '../reading.ts'
import { defaultTimeWindow } from '../timestamp.ts'
import { type Decoded, decodeUplink, nothingDecoded } from './decode.ts'

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
