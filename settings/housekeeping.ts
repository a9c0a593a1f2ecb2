import type { DeviceDirectory } from '../nodes/devices/directory.ts'
import type { DeviceStates } from '../nodes/devices/device-states.ts'
import { connectionTopic } from '../nodes/devices/device.ts'
import { isSilent } from '../nodes/devices/state.ts'
import type { Clock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Bus } from '../nodes/platform/bus/port.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import type { Stream } from '../nodes/platform/stream/port.ts'
import { type UplinkIntake, uplinkStream } from '../nodes/telemetry/uplink-intake.ts'
import { ingestionGroup } from '../nodes/telemetry/uplink/config.ts'
import { Lease } from './lease.ts'
import { trimUplink } from './trim-uplink.ts'

/** Long enough to be asked for rarely, short enough that a dead instance is replaced soon. */
const leaseMs = 30_000

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
  readonly sweep: () => Promise<void>
  readonly store: Store
  readonly bus: Pick<Bus, 'instance'>
  /** Whether other instances have the same engines. */
  readonly isShared: boolean
  readonly isProcessing: boolean
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

/** What others fold is known here a little later, and what was not processed yet says nothing about silence. */
const sharedGraceMs = 10_000
const maxLagOfSilence = 1000

/**
 * Starts what has to be done now and then; the result stops it. Where several instances share the engines, one at a time
 * does what is to be done once.
 */
export function startHousekeeping(parts: HousekeepingParts): () => Promise<void> {
  const { bus, clock, deviceStates, isProcessing, isShared, log, store, stream } = parts
  const lease = new Lease({ store, clock, name: 'housekeeping', owner: bus.instance, durationMs: leaseMs })
  const guarded = (what: string, task: () => unknown) => (): void => {
    Promise.resolve()
      .then(task)
      .catch((error: unknown) => log.warn({ err: error }, `${what} failed, will be tried again`))
  }
  const once = (what: string, task: () => Promise<unknown>): (() => void) =>
    guarded(what, async () => {
      if (!isShared || (await lease.isOurs())) await task()
    })
  const noteSilence = async (): Promise<void> => {
    if (!isShared) await noteSilentDevices(parts)
    else if ((await stream.lag(uplinkStream, ingestionGroup)) < maxLagOfSilence)
      await noteSilentDevices(parts, sharedGraceMs)
  }
  const saveSeen = guarded('saving when devices were seen', () => deviceStates.saveSeen())
  const timers = isProcessing
    ? [
        setInterval(once('noting silent devices', noteSilence), 5000),
        setInterval(
          once('trimming the stream', () => trimUplink(parts)),
          15_000,
        ),
        setInterval(saveSeen, 60_000),
        setInterval(once('sweeping what has expired', parts.sweep), 3_600_000),
      ]
    : []
  for (const timer of timers) timer.unref()
  return async () => {
    for (const timer of timers) clearInterval(timer)
    // Else it ends by itself.
    await lease.release().catch(() => undefined)
  }
}
