import { backoffMs } from '../../../nodes/platform/backoff.ts'
import { type Clock } from '../../../nodes/platform/clock.ts'
import { isPassing } from './database.ts'

const backoff = { firstMs: 10, lastMs: 1000 }

export interface RetryOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly ended: () => boolean
  readonly onRefused: (error: unknown) => void
}

/** What `work` returns, once the engine is neither locked nor full. */
export type Retry = <T>(work: () => T) => Promise<T>

export function retrying({ clock, random, ended, onRefused }: RetryOptions): Retry {
  return async (work) => {
    for (let attempt = 0; ; attempt += 1) {
      if (ended()) throw new Error('the stream is closed')
      try {
        return work()
      } catch (error) {
        if (!isPassing(error)) throw error
        onRefused(error)
      }
      await wait(clock, backoffMs(attempt, backoff, random()))
    }
  }
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}
