import { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import { MemoryDeviceStates } from '../nodes/devices/memory-device-states.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { MemoryLatestValues } from '../engines/latest/memory.ts'
import { Traffic } from '../nodes/telemetry/traffic.ts'
import { type Caches, saveLater } from './caches.ts'
import type { Engines } from './engines.ts'
import { loadShippedClasses } from './shipped-classes.ts'

/** The caches of a platform of one process. */
export async function openOwnCaches({ series, store }: Engines): Promise<Caches> {
  const directory = await StoreDeviceDirectory.load(store, { shipped: await loadShippedClasses() })
  const deviceStates = await MemoryDeviceStates.load(store, saveLater, systemClock)
  return {
    directory,
    deviceStates,
    latest: new MemoryLatestValues(series, systemClock),
    traffic: new Traffic(systemClock.nowMs()),
    pulse: undefined,
    sweep: async () => undefined,
    close: () => deviceStates.close(),
  }
}
