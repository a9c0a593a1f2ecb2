import { randomUUID } from 'node:crypto'
import { connectRedis } from '../redis/connect.ts'
import { type Clock, systemClock } from '../../nodes/platform/clock.ts'
import { type StreamUnderTest, uplink } from '../../nodes/platform/stream/contract/fixture.ts'
import { mortalClock } from './mortal-clock.fixture.ts'
import type { Stream } from '../../nodes/platform/stream/port.ts'
import { keysOf } from './redis/names.ts'
import { openRedisStream, type RedisStreamOptions } from './redis.ts'

/** Waits are a fortieth of what they are in life. */
export const hastyClock: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(ms / 40, run),
}

const quiet = { info: () => undefined, warn: () => undefined }

/** Streams of its own on a server that many tests share. */
export async function redisUnderTest(options: RedisStreamOptions): Promise<StreamUnderTest> {
  const namespace = `test-${randomUUID()}`
  let clock = mortalClock()
  const open = () => openRedisStream({ clock, namespace, ...options })
  let stream: Stream = await open()
  return {
    stream: () => stream,
    async reopen() {
      await stream.close()
      stream = await open()
      return stream
    },
    async crash() {
      clock.stop()
      clock = mortalClock()
      // What the server does by itself when the lease has ended.
      const redis = connectRedis({ url: options.url, name: 'test', logger: quiet, whileAway: 'wait' })
      await redis.del(keysOf(namespace, uplink).group('process').members)
      redis.disconnect()
      stream = await open()
      return stream
    },
    dispose: () => stream.close(),
  }
}
