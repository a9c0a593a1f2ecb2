import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import type { StreamUnderTest } from './contract/fixture.ts'
import type { Stream } from './port.ts'
import { openRedisStream, type RedisStreamOptions } from './redis.ts'

/** Waits are a fortieth of what they are in life. */
export const hastyClock: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(ms / 40, run),
}

/** Streams of its own on a server that many tests share. */
export async function redisUnderTest(options: RedisStreamOptions): Promise<StreamUnderTest> {
  const namespace = `test-${randomUUID()}`
  const open = () => openRedisStream({ clock: hastyClock, namespace, ...options })
  let stream: Stream = await open()
  return {
    stream: () => stream,
    async reopen() {
      await stream.close()
      stream = await open()
      return stream
    },
    dispose: () => stream.close(),
  }
}
