/**
 * Group commit: the writes of one event-loop turn share one transaction, and the transactions that come while the disk is
 * busy share one sync, which goes on beside the event loop. A write is a synchronous
 * function that changes the database in its last statement only (a statement that fails leaves nothing behind, so a
 * failing write needs no savepoint to spare its neighbours) and that may be run again after a rollback.
 */
import { backoffMs } from '../../../nodes/platform/backoff.ts'
import { StoreUnavailable } from '../../../nodes/platform/store/errors.ts'
import { troubleOf } from './engine-error.ts'

export interface Transactions {
  begin(): void
  commit(): void
  rollback(): void
  /** Resolves when all that was committed before is on disk; absent where `commit` sees to that. */
  sync?(): Promise<void>
}

/** Committed, and answered once it is on disk. */
interface Answer {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface WriteQueueLimits {
  /** How many writes may wait for a locked database; more are refused. */
  readonly maxWaiting: number
  /** How long a write waits for a locked database before it is refused. */
  readonly maxWaitMs: number
}

export interface WriteQueueEvents {
  readonly onBlocked?: (error: unknown) => void
  readonly onUnblocked?: (blockedMs: number) => void
}

interface Job {
  /** Does the work and returns what to call after the commit. */
  readonly run: () => () => void
  readonly reject: (error: unknown) => void
  readonly deadlineMs: number
}

const BATCH = 500
// A turn of draining gives the event loop back after this long.
const SLICE_MS = 20
const RETRY = { firstMs: 1, lastMs: 50 }

export class WriteQueue {
  readonly #transactions: Transactions
  readonly #limits: WriteQueueLimits
  readonly #events: WriteQueueEvents
  #jobs: Job[] = []
  /** So many of the next jobs run alone, because their batch failed and it is not known through which of them. */
  #alone = 0
  #scheduled: NodeJS.Immediate | undefined
  #retry: NodeJS.Timeout | undefined
  #tries = 0
  #blockedSinceMs: number | undefined
  #settled: PromiseWithResolvers<void> | undefined
  #unsynced: Answer[] = []
  #syncing: Promise<void> | undefined
  #closed = false

  constructor(transactions: Transactions, limits: WriteQueueLimits, events: WriteQueueEvents = {}) {
    this.#transactions = transactions
    this.#limits = limits
    this.#events = events
  }

  /** Resolves with what `run` returned once that is durable. */
  submit<T>(run: () => T, maxWaitMs: number = this.#limits.maxWaitMs): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('closed'))
    if (this.#jobs.length >= this.#limits.maxWaiting)
      return Promise.reject(new StoreUnavailable('queue-full'))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const deadlineMs = performance.now() + maxWaitMs
    const runAndAnswer = (): (() => void) => {
      const value = run()
      return () => resolve(value)
    }
    this.#jobs.push({ run: runAndAnswer, reject, deadlineMs })
    if (this.#retry === undefined) {
      if (this.#jobs.length >= BATCH) this.#drain()
      else this.#schedule()
    }
    return promise
  }

  /** A promise of the moment when the writes made so far are done or known to wait; undefined when they are. */
  settled(): Promise<void> | undefined {
    if (this.#jobs.length === 0 || this.#retry !== undefined) return undefined
    this.#settled ??= Promise.withResolvers<void>()
    return this.#settled.promise
  }

  /** Lets waiting writes finish for at most `waitMs`, then refuses the rest. */
  async close(waitMs: number): Promise<void> {
    this.#closed = true
    const endMs = performance.now() + waitMs
    while (this.#jobs.length > 0 && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, RETRY.firstMs))
    }
    while (this.#syncing !== undefined) await this.#syncing
    clearTimeout(this.#retry)
    clearImmediate(this.#scheduled)
    for (const job of this.#jobs.splice(0)) job.reject(new StoreUnavailable('closed'))
    this.#settle()
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      this.#drain()
    })
  }

  #drain(): void {
    const sliceEndMs = performance.now() + SLICE_MS
    while (this.#jobs.length > 0) {
      if (performance.now() >= sliceEndMs) return this.#schedule()
      const batch = this.#jobs.slice(0, this.#alone > 0 ? 1 : BATCH)
      const failure = this.#attempt(batch)
      if (failure === undefined) {
        this.#jobs.splice(0, batch.length)
        this.#alone = Math.max(0, this.#alone - batch.length)
        continue
      }
      const reason = troubleOf(failure.error)
      if (reason === 'busy') return this.#block(failure.error)
      if (batch.length > 1) {
        this.#alone = batch.length
        continue
      }
      this.#alone = Math.max(0, this.#alone - 1)
      const cause = failure.error
      this.#jobs.shift()?.reject(reason === undefined ? cause : new StoreUnavailable(reason, cause))
    }
    this.#settle()
  }

  /** One transaction; undefined when it is durable, else rolled back as if it had never been tried. */
  #attempt(batch: readonly Job[]): { readonly error: unknown } | undefined {
    const answers: Answer[] = []
    try {
      this.#transactions.begin()
      for (const job of batch) answers.push({ resolve: runJob(job), reject: job.reject })
      this.#transactions.commit()
    } catch (error) {
      this.#transactions.rollback()
      return { error }
    }
    this.#unblock()
    if (this.#transactions.sync === undefined) for (const { resolve } of answers) resolve()
    else {
      this.#unsynced.push(...answers)
      this.#syncing ??= this.#syncAll().finally(() => {
        this.#syncing = undefined
      })
    }
    return undefined
  }

  /** One sync after the other, each of all that is committed by then. */
  async #syncAll(): Promise<void> {
    while (this.#unsynced.length > 0) {
      const answers = this.#unsynced
      this.#unsynced = []
      try {
        await this.#transactions.sync?.()
        for (const { resolve } of answers) resolve()
      } catch (error) {
        for (const { reject } of answers) reject(new StoreUnavailable('io', error))
      }
    }
  }

  #block(error: unknown): void {
    const nowMs = performance.now()
    const expired = this.#jobs.filter((job) => job.deadlineMs <= nowMs)
    if (expired.length > 0) this.#jobs = this.#jobs.filter((job) => job.deadlineMs > nowMs)
    for (const job of expired) job.reject(new StoreUnavailable('busy', error))
    if (this.#blockedSinceMs === undefined) {
      this.#blockedSinceMs = nowMs
      this.#events.onBlocked?.(error)
    }
    const waitMs = backoffMs(this.#tries, RETRY, Math.random())
    this.#tries += 1
    if (this.#jobs.length > 0) {
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.#drain()
      }, waitMs)
    }
    this.#settle()
  }

  #unblock(): void {
    if (this.#blockedSinceMs === undefined) return
    this.#events.onUnblocked?.(performance.now() - this.#blockedSinceMs)
    this.#blockedSinceMs = undefined
    this.#tries = 0
  }

  #settle(): void {
    this.#settled?.resolve()
    this.#settled = undefined
  }
}

/** Runs a job; the engine's troubles end the batch, any other error is the job's own answer. */
function runJob(job: Job): () => void {
  try {
    return job.run()
  } catch (error) {
    if (troubleOf(error) !== undefined) throw error
    return () => job.reject(error)
  }
}
