import type { Clock } from '../../platform/clock.ts'
import { connectionTopic } from '../device.ts'
import type { DeviceStates } from '../device-states.ts'
import type { DeviceDirectory } from '../directory.ts'
import { isSilent } from '../state.ts'
import type { GateIntake } from './broker-gate.ts'

/** What it takes to notice that a device has fallen silent. */
export interface SilenceParts {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly directory: Pick<DeviceDirectory, 'lookup'>
  readonly deviceStates: Pick<DeviceStates, 'unheard'>
  readonly intake: GateIntake
  /** A connection that the broker keeps alive is no silence, however little the device has to say. */
  readonly isConnected: (deviceId: string) => boolean
}

const offline = Buffer.from('{"status":"offline"}')

/** Devices that have fallen silent are noted as offline, down the same stream as everything else about them. */
export async function noteSilentDevices(parts: SilenceParts, graceMs = 0): Promise<number> {
  let noted = 0
  const nowMs = parts.clock.nowMs()
  for await (const state of parts.deviceStates.unheard(nowMs - graceMs)) {
    const record = parts.directory.lookup(state.id)
    if (record === undefined || parts.isConnected(state.id)) continue
    const route = record.routeByTopic.get(connectionTopic)
    if (route === undefined || !isSilent(state, record.deviceClass.offlineAfterMs + graceMs, nowMs)) continue
    parts.intake.accept(route, offline, () => undefined)
    noted += 1
  }
  return noted
}
