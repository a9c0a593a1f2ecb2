import type { DeviceDirectory } from '../nodes/devices/directory.ts'
import type { DeviceStates } from '../nodes/devices/device-states.ts'
import { connectionTopic } from '../nodes/devices/device.ts'
import { isSilent } from '../nodes/devices/state.ts'
import type { Clock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Stream } from '../nodes/platform/stream/port.ts'
import { type UplinkIntake, uplinkStream } from '../nodes/telemetry/uplink-intake.ts'

export interface HousekeepingParts {
  readonly clock: Clock
  readonly directory: DeviceDirectory
  readonly deviceStates: DeviceStates
  readonly intake: UplinkIntake
  readonly stream: Stream
  readonly log: Logger
  /** A connection that the broker keeps alive is no silence, however little the device has to say. */
  readonly isConnected: (deviceId: string) => boolean
  readonly uplinkRetentionMs: number
  readonly sweepSignIns: () => Promise<void>
}

/** What it takes to notice that a device has fallen silent. */
export interface SilenceParts extends Pick<HousekeepingParts, 'clock' | 'intake' | 'isConnected'> {
  readonly directory: Pick<DeviceDirectory, 'lookup'>
  readonly deviceStates: Pick<DeviceStates, 'unheard'>
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

/** Starts what has to be done now and then; the result stops it. */
export function startHousekeeping(parts: HousekeepingParts): () => void {
  const guarded = (what: string, task: () => unknown) => (): void => {
    Promise.resolve()
      .then(task)
      .catch((error: unknown) => parts.log.warn({ err: error }, `${what} failed, will be tried again`))
  }
  const timers = [
    setInterval(
      guarded('noting silent devices', () => noteSilentDevices(parts)),
      5000,
    ),
    setInterval(
      guarded('trimming the stream', () =>
        parts.stream.trim(uplinkStream, parts.clock.nowMs() - parts.uplinkRetentionMs),
      ),
      60_000,
    ),
    setInterval(
      guarded('saving when devices were seen', () => parts.deviceStates.saveSeen()),
      60_000,
    ),
    setInterval(guarded('sweeping sign-ins', parts.sweepSignIns), 3_600_000),
  ]
  for (const timer of timers) timer.unref()
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
