import type { Clock } from '../nodes/platform/clock.ts'
import { MemoryLatestValues } from '../engines/latest/memory.ts'
import type { LatestValues } from '../nodes/platform/latest/port.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Pulse } from '../nodes/platform/pulse/port.ts'
import type { SeriesStore } from '../nodes/platform/series/port.ts'
import type { SharedRedis } from '../engines/redis/shared-redis.ts'

export interface LatestParts {
  readonly redis: SharedRedis | undefined
  readonly series: SeriesStore
  readonly clock: Clock
  readonly log: Logger
}

/** What changes with every message: in memory, or in the Redis of all instances. */
export interface Latest {
  readonly latest: LatestValues
  readonly pulse: Pulse | undefined
}

export async function openLatest({ clock, log, redis, series }: LatestParts): Promise<Latest> {
  if (redis === undefined) return { latest: new MemoryLatestValues(series, clock), pulse: undefined }
  // Only where they are needed: the drivers take a process longer to load than to start.
  const [{ RedisLatestValues }, { RedisPulse }] = await Promise.all([
    import('../engines/latest/redis.ts'),
    import('../engines/pulse/redis.ts'),
  ])
  const { client, keyPrefix } = redis
  return {
    latest: new RedisLatestValues({
      redis: client,
      series,
      clock,
      prefix: `${keyPrefix}latest:`,
      log: log.child({ part: 'latest' }),
    }),
    pulse: new RedisPulse({ redis: client, prefix: `${keyPrefix}pulse:`, log }),
  }
}
