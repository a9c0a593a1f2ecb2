import type { DeviceState } from '../devices/state.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { LiveEvent } from '../platform/live/port.ts'
import type { AssessedReading } from '../telemetry/reading.ts'

export function readingEvent(reading: AssessedReading): LiveEvent {
  const { deviceId, port, ts, rawValue, calibratedValue, quality } = reading
  return { name: 'reading', deviceId, port, ts: toIsoTime(ts), rawValue, calibratedValue, quality }
}

export function stateEvent(state: DeviceState): LiveEvent {
  const { id, online, lastSeenAt, reported } = state
  return {
    name: 'state',
    deviceId: id,
    online,
    lastSeen: lastSeenAt === null ? null : toIsoTime(lastSeenAt),
    reported,
  }
}
