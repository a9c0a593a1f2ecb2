import type { Redis } from 'ioredis'

/** The Redis that instances share, for caches and live events. */
export interface SharedRedis {
  /** Fails fast while Redis is away. */
  readonly client: Redis
  readonly keyPrefix: string
  /** Pub/sub knows no databases: it has the database in it. */
  readonly channelPrefix: string
  /** A connection of its own, to be disconnected by whoever asked. */
  connect(name: string, whileAway: 'fail' | 'wait'): Redis
}
