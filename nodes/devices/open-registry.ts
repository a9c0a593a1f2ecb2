import type { Bus } from '../platform/bus/port.ts'
import type { Clock } from '../platform/clock.ts'
import { type Duty, every } from '../platform/kit/jobs/duties.ts'
import { repeat } from '../platform/kit/repeat.ts'
import type { Logger } from '../platform/logger.ts'
import type { Pulse } from '../platform/pulse/port.ts'
import type { Store } from '../platform/store/port.ts'
import type { DeviceClass } from './device-class.ts'
import type { DeviceStates } from './device-states.ts'
import { DirectoryFollower, notesKeptMs } from './directory-follower.ts'
import { StoreDeviceDirectory } from './directory.ts'
import { MemoryDeviceStates } from './memory-device-states.ts'
import { RegistryChanges } from './registry-changes.ts'
import { SharedDeviceStates } from './shared-device-states.ts'

export interface RegistryParts {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Logger
  /** Undefined for a platform of one process. */
  readonly pulse: Pulse | undefined
  readonly store: Store
  readonly shipped: readonly DeviceClass[]
}

/** What is known of devices, kept where it is quick to ask. */
export interface Registry {
  readonly directory: StoreDeviceDirectory
  readonly states: DeviceStates
  readonly duties: readonly Duty[]
  close(): Promise<void>
}

/** States are written behind by so much; a crash within it is made good from the stream. */
const stateSaveDelayMs = 500
/** When devices were heard of is told to the other instances so often. */
const tellSeenEveryMs = 2000
/** Changes of the registry of which no event told are looked for so often. */
const catchUpEveryMs = 1000

const later =
  (clock: Clock) =>
  (task: () => void): void =>
    void clock.after(stateSaveDelayMs, task)

export const openRegistry = ({ pulse, ...parts }: RegistryParts): Promise<Registry> =>
  pulse === undefined ? openOwn(parts) : openShared({ ...parts, pulse })

/** Of the one process there is. */
async function openOwn({
  clock,
  shipped,
  store,
}: Pick<RegistryParts, 'clock' | 'shipped' | 'store'>): Promise<Registry> {
  const directory = await StoreDeviceDirectory.load(store, { shipped })
  const states = await MemoryDeviceStates.load(store, later(clock), clock)
  return { directory, states, duties: [], close: () => states.close() }
}

/** Of an instance among others. */
async function openShared(parts: RegistryParts & { readonly pulse: Pulse }): Promise<Registry> {
  const { bus, clock, log, shipped, store } = parts
  const changes = new RegistryChanges({ store, bus, clock })
  const readAtMs = clock.nowMs()
  const directory = await StoreDeviceDirectory.load(store, { shipped, changes })
  const follower = new DirectoryFollower({ directory, changes, bus, clock, log, readAtMs })
  // What changed while it was being read.
  follower.catchUp()
  const states = new SharedDeviceStates({ ...parts, schedule: later(clock) })
  directory.onChange((before, after) => {
    if (before !== undefined && before.orgId !== after?.orgId) states.drop(before.device.id)
  })
  const ends = [
    repeat(clock, catchUpEveryMs, () => follower.catchUp()),
    repeat(clock, tellSeenEveryMs, () => void states.tellSeen()),
  ]
  return {
    directory,
    states,
    duties: [
      {
        name: 'sweeping changes of the registry',
        nextMs: every(3_600_000),
        run: () => changes.sweep(clock.nowMs() - notesKeptMs),
      },
    ],
    async close() {
      for (const end of ends) end()
      follower.stop()
      await states.close()
    },
  }
}
