import { createAdapter } from '@socket.io/redis-adapter'
import { watchedForMs, WatchedElsewhere } from '../../nodes/live/watched.ts'
import type { Bus } from '../../nodes/platform/bus/port.ts'
import type { SharedRedis } from '../redis/shared-redis.ts'
import type { LiveSharing, SocketLive } from './socket-live.ts'

const topic = 'live-watched'
/** Clients that join one after the other are told of together. */
const gatherMs = 50

export interface SharedLive extends LiveSharing {
  /** From here on the others are told what is watched here, and it is known here what is watched there. */
  begin(live: Pick<SocketLive, 'watched'>): void
  stop(): void
}

/** Live events over Redis, through Socket.IO's adapter; what is watched where, over the bus. */
export function shareLive(bus: Bus, redis: SharedRedis): SharedLive {
  const elsewhere = new WatchedElsewhere()
  const publisher = redis.connect('live-publish', 'fail')
  const subscriber = redis.connect('live-subscribe', 'wait')
  let live: Pick<SocketLive, 'watched'> | undefined
  let changed: NodeJS.Timeout | undefined
  let hasTold = false

  const tell = (): void => {
    changed = undefined
    const watched = live?.watched() ?? {}
    const isNothing = Object.keys(watched).length === 0
    // Nothing needs saying once: who does not hear it forgets what it heard before by itself.
    if (!isNothing || hasTold) void bus.publish(topic, watched).catch(() => undefined)
    hasTold = !isNothing
  }
  const unsubscribe = bus.subscribe(topic, (snapshot, from) => {
    elsewhere.hear(from, snapshot, performance.now())
  })
  const repeat = setInterval(() => {
    elsewhere.expire(performance.now())
    tell()
  }, watchedForMs / 3).unref()

  return {
    elsewhere,
    adapter: createAdapter(
      {
        // At most once: while Redis is away, nothing that is stored is shown live.
        publish: (channel: string, message: string | Buffer) =>
          publisher.publish(channel, message).catch(() => undefined),
        on: () => undefined,
      },
      subscriber,
      { key: `${redis.channelPrefix}live` },
    ),
    onWatchedChange() {
      changed ??= setTimeout(tell, gatherMs).unref()
    },
    begin(channel) {
      live = channel
    },
    stop() {
      clearInterval(repeat)
      clearTimeout(changed)
      unsubscribe()
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
