import type { DeviceDirectory } from '../nodes/devices/directory.ts'
import type { DeviceStates } from '../nodes/devices/device-states.ts'
import { noteSilentDevices } from '../nodes/devices/gate/silence.ts'
import type { Clock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { eventStream } from '../nodes/platform/kit/events/event.ts'
import { type Duty, every, startDuties } from '../nodes/platform/kit/jobs/duties.ts'
import type { Jobs } from '../nodes/platform/kit/jobs/jobs.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import type { Stream } from '../nodes/platform/stream/port.ts'
import { RemovedGroups } from '../nodes/telemetry/removed-groups.ts'
import { type UplinkIntake, uplinkStream } from '../nodes/telemetry/uplink-intake.ts'
import { ingestionGroup } from '../nodes/telemetry/uplink/config.ts'
import { trimUplink } from '../nodes/telemetry/trim-uplink.ts'

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
  readonly jobs: Jobs
  /** What else is to be done by one instance at a time. */
  readonly duties: readonly Duty[]
  /** Whether other instances have the same engines. */
  readonly isShared: boolean
  readonly isProcessing: boolean
}

const eventsKeptMs = 7 * 24 * 3_600_000

/** Events that every group has processed are kept for a while, for a group that begins later. */
const trimEvents = ({ clock, stream }: Pick<HousekeepingParts, 'clock' | 'stream'>): Promise<number> =>
  stream.trim(eventStream, clock.nowMs() - eventsKeptMs)

/** What others fold is known here a little later, and what was not processed yet says nothing about silence. */
const sharedGraceMs = 10_000
const maxLagOfSilence = 1000

/**
 * Starts what has to be done now and then; the result stops it. What is to be done once is a duty: one instance at a time
 * has it, and after a stop the next start makes up for it.
 */
export async function startHousekeeping(parts: HousekeepingParts): Promise<() => Promise<void>> {
  const { deviceStates, duties, isProcessing, isShared, log, stream, sweep } = parts
  if (!isProcessing) return () => Promise.resolve()
  const noteSilence = async (): Promise<void> => {
    if (!isShared) await noteSilentDevices(parts)
    else if ((await stream.lag(uplinkStream, ingestionGroup)) < maxLagOfSilence)
      await noteSilentDevices(parts, sharedGraceMs)
  }
  const removedGroups = new RemovedGroups(parts.store, parts.clock)
  const trim = async (): Promise<void> => {
    await removedGroups.forgetOld(stream, parts.uplinkRetentionMs, parts.log)
    await trimUplink(parts)
  }
  const running = await startDuties(parts, [
    { name: 'noting silent devices', nextMs: every(5000), run: noteSilence },
    { name: 'trimming the stream', nextMs: every(15_000), run: trim },
    { name: 'trimming the events', nextMs: every(3_600_000), run: () => trimEvents(parts) },
    { name: 'sweeping what has expired', nextMs: every(3_600_000), run: sweep },
    ...duties,
  ])
  // Of each instance, what it has seen.
  const timer = setInterval(() => {
    Promise.resolve(deviceStates.saveSeen()).catch((error: unknown) =>
      log.warn({ err: error }, 'saving when devices were seen failed, will be tried again'),
    )
  }, 60_000).unref()
  return async () => {
    clearInterval(timer)
    await running.stop()
  }
}
