import path from 'node:path'
import type { DeviceStates } from '../nodes/devices/device-states.ts'
import { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import { MemoryDeviceStates } from '../nodes/devices/memory-device-states.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { MemoryLatestValues } from '../nodes/platform/latest/memory.ts'
import type { LatestValues } from '../nodes/platform/latest/port.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Platform } from '../nodes/platform/platform.ts'
import type { Pulse } from '../nodes/platform/pulse/port.ts'
import { Traffic } from '../nodes/telemetry/traffic.ts'
import type { Engines } from './engines.ts'
import { loadShippedClasses } from './shipped-classes.ts'

/** How often device states are written behind; a crash within it is made good from the stream. */
const stateSaveDelayMs = 500
/** What is kept in memory, or where it is as quick: the registry, states, latest values, rates. */
export interface Caches {
  readonly directory: StoreDeviceDirectory
  readonly deviceStates: DeviceStates
  readonly latest: LatestValues
  readonly traffic: Platform['traffic']
  /** Where other instances see which devices are connected here; undefined for a platform of one process. */
  readonly pulse: Pulse | undefined
  /** Removes what only those need that were away. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/** For states that are written behind. */
export const saveLater = (task: () => void): void => void setTimeout(task, stateSaveDelayMs).unref()
export const shippedClasses = (): ReturnType<typeof loadShippedClasses> =>
  loadShippedClasses(path.join(import.meta.dirname, '../nodes/devices/classes'))

export async function openCaches(engines: Engines, log: Logger): Promise<Caches> {
  if (engines.redis === undefined) return openOwnCaches(engines)
  // Only where it is needed: the drivers take a process longer to load than to start.
  const { openSharedCaches } = await import('./shared-caches.ts')
  return openSharedCaches(engines, engines.redis, log)
}

async function openOwnCaches({ series, store }: Engines): Promise<Caches> {
  const directory = await StoreDeviceDirectory.load(store, { shipped: await shippedClasses() })
  const deviceStates = await MemoryDeviceStates.load(store, saveLater)
  return {
    directory,
    deviceStates,
    latest: new MemoryLatestValues(series),
    traffic: new Traffic(systemClock.nowMs()),
    pulse: undefined,
    sweep: async () => undefined,
    close: () => deviceStates.close(),
  }
}
