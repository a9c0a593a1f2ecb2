import { backoffMs } from '../../../nodes/platform/backoff.ts'
import { type Clock } from '../../../nodes/platform/clock.ts'

const backoff = { firstMs: 10, lastMs: 1000 }

/** Answers of a server that is starting, full, busy, or has just lost its place as the master. */
const passingAnswer =
  /^(OOM|LOADING|BUSY|MISCONF|READONLY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|UNBLOCKED|NOAUTH)\b/

/** The engine's trouble (away, silent, full, starting), which passes; anything else stays however often it is tried. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return false
  return error.name === 'ReplyError' ? passingAnswer.test(error.message) : error.name !== 'UnsafeRedisError'
}

export interface RetryOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly ended: () => boolean
}

/** What `work` comes to, once the engine is there. */
export type Retry = <T>(work: () => Promise<T>) => Promise<T>

export function retrying({ clock, random, ended }: RetryOptions): Retry {
  return async (work) => {
    for (let attempt = 0; ; attempt += 1) {
      if (ended()) throw new Error('the stream is closed')
      try {
        return await work()
      } catch (error) {
        if (!isPassing(error)) throw error
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      clock.after(backoffMs(attempt, backoff, random()), resolve)
      await promise
    }
  }
}
