import type { DeviceStates } from '../nodes/devices/device-states.ts'
import type { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import type { LatestValues } from '../nodes/platform/latest/port.ts'
import type { Platform } from '../nodes/platform/platform.ts'
import type { Pulse } from '../nodes/platform/pulse/port.ts'

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
