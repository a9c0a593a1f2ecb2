import type { DeviceStates } from '../devices/device-states.ts'
import { connectionTopic } from '../devices/device.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import { isSilent } from '../devices/state.ts'
import type { Clock } from '../platform/clock.ts'
import { utf8Bytes } from '../platform/kit/bytes.ts'
import type { UplinkIntake } from './uplink-intake.ts'

/** What it takes to notice that a device has fallen silent. */
export interface SilenceParts {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly directory: Pick<DeviceDirectory, 'lookup'>
  readonly states: Pick<DeviceStates, 'unheard'>
  readonly intake: Pick<UplinkIntake, 'accept'>
  /** A connection that the broker keeps alive is no silence, however little the device has to say. */
  readonly isConnected: (deviceId: string) => boolean
}

const offline = utf8Bytes('{"status":"offline"}')

/** Devices that have fallen silent are noted as offline, down the same stream as everything else about them. */
export async function noteSilentDevices(parts: SilenceParts, graceMs = 0): Promise<number> {
  let noted = 0
  const nowMs = parts.clock.nowMs()
  for await (const state of parts.states.unheard(nowMs - graceMs)) {
    const record = parts.directory.lookup(state.id)
    if (record === undefined || parts.isConnected(state.id)) continue
    const route = record.routeByTopic.get(connectionTopic)
    if (route === undefined || !isSilent(state, record.deviceClass.offlineAfterMs + graceMs, nowMs)) continue
    parts.intake.accept(route, offline, () => undefined)
    noted += 1
  }
  return noted
}
