import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import { MemoryDeviceStates } from '../nodes/devices/memory-device-states.ts'
import type { DeviceStates } from '../nodes/devices/device-states.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { DeliveryTracker } from '../nodes/platform/kit/delivery.ts'
import { MemoryLatestValues } from '../nodes/platform/latest/memory.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { nodeSecrets } from '../nodes/platform/secrets.ts'
import { openSqliteSeries, type SqliteSeries } from '../nodes/platform/series/sqlite.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import { openSqliteStore } from '../nodes/platform/store/sqlite.ts'
import type { Stream } from '../nodes/platform/stream/port.ts'
import { systemClock as timers } from '../nodes/platform/stream/clock.ts'
import { openSqliteStream } from '../nodes/platform/stream/sqlite.ts'
import { StoreDeadLetterBox } from '../nodes/telemetry/dead-letter-box.ts'
import { Traffic } from '../nodes/telemetry/traffic.ts'
import { UplinkIntake } from '../nodes/telemetry/uplink-intake.ts'
import type { Settings } from './env.ts'
import { createMetrics, type PlatformMetrics } from './metrics.ts'
import { loadShippedClasses } from './shipped-classes.ts'

/** How often device states are written behind; a crash within it is made good from the stream. */
const stateSaveDelayMs = 500
/** Acknowledgments wait for the flow beyond so many messages. */
const maxLag = 4096
/** Messages that one append may bring, when many devices each have one on its way. */
const maxInFlight = 65_536
/** Above what a small batch takes through the flow, below what anybody notices. */
const maxHoldMs = 20

/** What the platform stands on, before anything serves: engines open, caches filled. */
export interface Foundation {
  readonly store: Store
  readonly stream: Stream
  readonly series: SqliteSeries
  readonly metrics: PlatformMetrics
  readonly directory: StoreDeviceDirectory
  readonly deviceStates: DeviceStates
  readonly latest: MemoryLatestValues
  readonly traffic: Traffic
  readonly deadLetters: StoreDeadLetterBox
  readonly deliveries: DeliveryTracker
  readonly intake: UplinkIntake
  close(): Promise<void>
}

export async function openFoundation(settings: Settings, log: Logger): Promise<Foundation> {
  const data = settings.DATA_DIR
  const store = await openSqliteStore({
    directory: path.join(data, 'store'),
    logger: log.child({ part: 'store' }),
  })
  await mkdir(path.join(data, 'stream'), { recursive: true })
  const stream = await openSqliteStream({
    file: path.join(data, 'stream', 'stream.db'),
    // As far as a consumer may lag and an append more, which is what all devices have in flight: who falls behind that
    // reads the file. What is processed is let go of at once.
    memory: { entries: maxLag + maxInFlight, bytes: 32 * 1024 * 1024 },
    logger: log.child({ part: 'stream' }),
  })
  const series = await openSqliteSeries({
    directory: path.join(data, 'series'),
    // What is not written by then is still in the stream, and comes back from there.
    closeTimeoutMs: 4000,
    logger: log.child({ part: 'series' }),
  })
  const metrics = createMetrics()
  const shipped = await loadShippedClasses(path.join(import.meta.dirname, '../nodes/devices/classes'))
  const directory = await StoreDeviceDirectory.load(store, { shipped })
  const deviceStates = await MemoryDeviceStates.load(store, (task) => {
    setTimeout(task, stateSaveDelayMs).unref()
  })
  const intake = new UplinkIntake({
    stream,
    clock: systemClock,
    metrics,
    defer: (task) => void setImmediate(task),
    after: (ms, task) => timers.after(ms, task),
    maxLag,
    maxHoldMs,
  })
  return {
    store,
    stream,
    series,
    metrics,
    directory,
    deviceStates,
    latest: new MemoryLatestValues(series),
    traffic: new Traffic(systemClock.nowMs()),
    deadLetters: new StoreDeadLetterBox(store, randomUUID),
    deliveries: new DeliveryTracker(),
    intake,
    async close() {
      await intake.whenIdle()
      await deviceStates.close()
      await series.close()
      await stream.close()
      await store.close()
    },
  }
}

/** A device's password as HTTP presents it, checked against the registry. */
export const verifyDevice =
  (directory: StoreDeviceDirectory) =>
  (deviceId: string, password: string): { readonly orgId: string } | undefined => {
    const record = directory.lookup(deviceId)
    return record?.device.isEnabled === true &&
      nodeSecrets.isDevicePassword(password, record.device.credential)
      ? { orgId: record.orgId }
      : undefined
  }
