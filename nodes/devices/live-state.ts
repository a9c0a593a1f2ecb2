import { toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import type { LiveEvent } from '../platform/live/port.ts'
import type { DeviceState } from './state.ts'

export interface StateEvent extends LiveEvent {
  readonly name: 'state'
  readonly deviceId: string
  readonly online: boolean
  readonly isSilent: boolean
  readonly lastSeen: string | null
  readonly reported: Readonly<Record<string, unknown>>
}

export function stateEvent(state: DeviceState): StateEvent {
  const { id, isSilent = false, online, lastSeenAt, reported } = state
  return {
    name: 'state',
    deviceId: id,
    online,
    isSilent,
    lastSeen: toIsoTimeOrNull(lastSeenAt),
    reported,
  }
}
