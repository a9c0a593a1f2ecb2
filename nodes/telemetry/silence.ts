import type { DeviceStates } from '../devices/device-states.ts'
import { connectionTopic } from '../devices/device.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import { hasBeenSilent } from '../devices/state.ts'
import type { DeviceState } from '../devices/state.ts'
import type { Clock } from '../platform/clock.ts'
import { utf8Bytes } from '../platform/kit/bytes.ts'
import type { UplinkIntake } from './uplink-intake.ts'

/** What it takes to notice that a device has fallen silent. */
export interface SilenceParts {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly directory: Pick<DeviceDirectory, 'allClasses' | 'lookup'>
  readonly states: Pick<DeviceStates, 'unheard'>
  readonly intake: Pick<UplinkIntake, 'accept'>
  /** A device whose connection the broker keeps alive is not offline, however little it has to say: it is silent. */
  readonly isConnected: (deviceId: string) => boolean
}

/** With the last that was heard, so that what comes before the note is read is not taken for silence. */
const silentSince = ({ lastSeenAt }: DeviceState): Uint8Array =>
  utf8Bytes(JSON.stringify({ status: 'silent', since: lastSeenAt }))
const offline = utf8Bytes('{"status":"offline"}')

/**
 * Devices that have fallen silent are noted, down the same stream as everything else about them: as offline, or as silent where
 * they hold a connection.
 */
export async function noteSilentDevices(parts: SilenceParts, graceMs = 0): Promise<number> {
  let noted = 0
  const nowMs = parts.clock.nowMs()
  const leastMs = leastAllowedMs(parts.directory) + graceMs
  if (!Number.isFinite(leastMs)) return 0
  for await (const { isConnected, state } of parts.states.unheard(nowMs - leastMs)) {
    const record = parts.directory.lookup(state.id)
    const route = record?.topics.get(connectionTopic)?.route
    if (record === undefined || route === undefined) continue
    if (!hasBeenSilent(state, record.deviceClass.offlineAfterMs + graceMs, nowMs)) continue
    const isThere = isConnected ?? parts.isConnected(state.id)
    if (isThere && state.isSilent === true) continue
    parts.intake.accept(route, isThere ? silentSince(state) : offline, () => undefined)
    noted += 1
  }
  return noted
}

/** No device may be silent for less: most were heard of since, and need no look at their class. */
function leastAllowedMs(directory: Pick<DeviceDirectory, 'allClasses'>): number {
  let leastMs = Number.POSITIVE_INFINITY
  for (const { offlineAfterMs } of directory.allClasses()) leastMs = Math.min(leastMs, offlineAfterMs)
  return leastMs
}
