import path from 'node:path'
import type { DeviceStates } from '../nodes/devices/device-states.ts'
import { DirectoryFollower, notesKeptMs } from '../nodes/devices/directory-follower.ts'
import { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import { MemoryDeviceStates } from '../nodes/devices/memory-device-states.ts'
import { RegistryChanges } from '../nodes/devices/registry-changes.ts'
import { SharedDeviceStates } from '../nodes/devices/shared-device-states.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { MemoryLatestValues } from '../nodes/platform/latest/memory.ts'
import type { LatestValues } from '../nodes/platform/latest/port.ts'
import { RedisLatestValues } from '../nodes/platform/latest/redis.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Platform } from '../nodes/platform/platform.ts'
import type { Pulse } from '../nodes/platform/pulse/port.ts'
import { RedisPulse } from '../nodes/platform/pulse/redis.ts'
import { SharedTraffic } from '../nodes/telemetry/shared-traffic.ts'
import { Traffic } from '../nodes/telemetry/traffic.ts'
import type { Engines, SharedRedis } from './engines.ts'
import { loadShippedClasses } from './shipped-classes.ts'

/** How often device states are written behind; a crash within it is made good from the stream. */
const stateSaveDelayMs = 500
/** When devices were heard of, and what came from where, is told to the other instances so often. */
const tellEveryMs = 2000
/** Changes of the registry of which no event told are looked for so often. */
const catchUpEveryMs = 10_000
const trafficTopic = 'traffic'

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

const saveLater = (task: () => void): void => void setTimeout(task, stateSaveDelayMs).unref()
const shippedClasses = (): ReturnType<typeof loadShippedClasses> =>
  loadShippedClasses(path.join(import.meta.dirname, '../nodes/devices/classes'))

export function openCaches(engines: Engines, log: Logger): Promise<Caches> {
  return engines.redis === undefined ? openOwnCaches(engines) : openSharedCaches(engines, engines.redis, log)
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

async function openSharedCaches(engines: Engines, redis: SharedRedis, log: Logger): Promise<Caches> {
  const { bus, series, store } = engines
  const clock = systemClock
  const changes = new RegistryChanges(store, bus, clock)
  const readAtMs = clock.nowMs()
  const directory = await StoreDeviceDirectory.load(store, {
    shipped: await shippedClasses(),
    announce: (change) => changes.announce(change),
  })
  const follower = new DirectoryFollower({ directory, changes, bus, clock, log, readAtMs })
  // What changed while it was being read.
  follower.catchUp()
  const pulse = new RedisPulse({ redis: redis.client, prefix: `${redis.keyPrefix}pulse:`, log })
  const deviceStates = new SharedDeviceStates({ store, bus, pulse, clock, schedule: saveLater })
  directory.onChange((before, after) => {
    if (before !== undefined && before.orgId !== after?.orgId) deviceStates.drop(before.device.id)
  })
  const traffic = new SharedTraffic(new Traffic(clock.nowMs()))
  const unsubscribe = bus.subscribe(trafficTopic, (snapshot, from) =>
    traffic.hear(from, snapshot, clock.nowMs()),
  )
  const tellTraffic = async (): Promise<void> => {
    const snapshot = traffic.snapshot(clock.nowMs())
    if (snapshot !== undefined) await bus.publish(trafficTopic, snapshot)
  }
  const timers = [
    setInterval(() => follower.catchUp(), catchUpEveryMs),
    setInterval(() => {
      void deviceStates.tellSeen()
      // Whoever does not hear it hears the next one.
      tellTraffic().catch(() => undefined)
    }, tellEveryMs),
  ]
  for (const timer of timers) timer.unref()
  return {
    directory,
    deviceStates,
    latest: new RedisLatestValues({
      redis: redis.client,
      series,
      prefix: `${redis.keyPrefix}latest:`,
      log: log.child({ part: 'latest' }),
    }),
    traffic,
    pulse,
    sweep: () => changes.sweep(clock.nowMs() - notesKeptMs),
    async close() {
      for (const timer of timers) clearInterval(timer)
      unsubscribe()
      follower.stop()
      await deviceStates.close()
    },
  }
}
