import { DirectoryFollower, notesKeptMs } from '../nodes/devices/directory-follower.ts'
import { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import { RegistryChanges } from '../nodes/devices/registry-changes.ts'
import { SharedDeviceStates } from '../nodes/devices/shared-device-states.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { RedisLatestValues } from '../engines/latest/redis.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { RedisPulse } from '../engines/pulse/redis.ts'
import { SharedTraffic } from '../nodes/telemetry/shared-traffic.ts'
import { Traffic } from '../nodes/telemetry/traffic.ts'
import { type Caches, saveLater } from './caches.ts'
import type { SharedRedis } from '../engines/redis/shared-redis.ts'
import type { Engines } from './engines.ts'
import { loadShippedClasses } from './shipped-classes.ts'

/** When devices were heard of, and what came from where, is told to the other instances so often. */
const tellEveryMs = 2000
/** Changes of the registry of which no event told are looked for so often. */
const catchUpEveryMs = 10_000
const trafficTopic = 'traffic'

/** The caches of an instance among others. */
export async function openSharedCaches(engines: Engines, redis: SharedRedis, log: Logger): Promise<Caches> {
  const { bus, series, store } = engines
  const clock = systemClock
  const changes = new RegistryChanges({ store, bus, clock })
  const readAtMs = clock.nowMs()
  const directory = await StoreDeviceDirectory.load(store, {
    shipped: await loadShippedClasses(),
    changes,
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
      clock,
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
