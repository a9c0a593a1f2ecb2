import type { Clock } from '../../platform/clock.ts'
import { presentable } from '../../platform/kit/presentable.ts'
import type { Collection, Stored } from '../../platform/store/port.ts'
import { compareOffsets } from '../../platform/stream/offset.ts'
import type { Entry, Stream } from '../../platform/stream/port.ts'
import { ended, isOpen, movedTo, rangeOf, type ReplayJob, started } from '../replay-job.ts'
import { uplinkStream } from '../uplink-intake.ts'
import { Progress } from './progress.ts'

export interface ReplayRunParts {
  readonly jobs: Pick<Collection<ReplayJob>, 'replace' | 'claim' | 'release'>
  readonly stream: Pick<Stream, 'read'>
  readonly clock: Clock
  readonly pause: (ms: number) => Promise<void>
  /** Resolves when the flow has finished what came for the first time, or the run is stopped. */
  readonly liveCaughtUp: (isStopped: () => boolean) => Promise<void>
  /** Lets what comes for the first time go before, for so long at most. */
  readonly giveWay: (withinMs: number) => Promise<void>
  /** Makes durable what went through. */
  readonly flush: () => Promise<void>
  /** Undefined when the run was stopped before the flow had finished them. */
  readonly handOver: (
    entries: readonly Entry[],
    job: ReplayJob,
    isStopped: () => boolean,
  ) => Promise<{ readonly durable: Promise<void> } | undefined>
  readonly maxBatch: number
  readonly messagesPerSecond: number
}

export const leaseMs = 15_000
const renewAfterMs = 5000
/** So long at most each batch waits for the flow to be free of what came for the first time. */
const yieldMs = 1000

/**
 * One replay, carried out by the instance that has claimed it. Where it is stands in its document, behind what has
 * become durable: whoever takes over begins there, and what comes twice by that is known to the flow.
 */
export class ReplayRun {
  readonly #parts: ReplayRunParts
  readonly #owner: string
  readonly #progress = new Progress()
  #job: ReplayJob
  #version: number
  #leasedAtMs: number
  #isStopped = false
  #lastWrite: Promise<unknown> = Promise.resolve()

  /** @param claimed with a lease of {@link leaseMs} for `owner`, as of now */
  constructor(parts: ReplayRunParts, owner: string, claimed: Stored<ReplayJob>) {
    this.#parts = parts
    this.#owner = owner
    this.#job = claimed.document
    this.#version = claimed.version
    this.#leasedAtMs = parts.clock.monotonicMs()
  }

  get job(): ReplayJob {
    return this.#job
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /**
   * Resolves when it has ended, was stopped or cancelled, or somebody else has taken it over.
   * @throws when an engine is away: it is to be stopped, and taken up again from where it was
   */
  async run(): Promise<void> {
    const { clock, flush, liveCaughtUp } = this.#parts
    await this.#alone(() => this.#write(started(this.#job, clock.nowMs())))
    // From here on all that is read has gone through the flow before.
    await liveCaughtUp(() => this.#isStopped)
    try {
      await this.#goThrough()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return this.#end('failed', presentable(error))
    }
    if (this.#isStopped) return
    await flush()
    await this.#progress.settled()
    if (this.#progress.failure !== undefined) throw this.#progress.failure
    await this.#end('done')
  }

  /** To be called every second or so: writes down where it is, keeps the lease, notices a cancellation. */
  async tick(): Promise<void> {
    await this.#alone(() => this.#save())
  }

  /** Lets go of it, for another instance or the next start to take up. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    try {
      await this.tick()
    } finally {
      this.#isStopped = true
    }
    await this.#parts.jobs.release(this.#job.id, this.#owner)
  }

  async #goThrough(): Promise<void> {
    const { maxBatch, stream } = this.#parts
    const done = this.#job.upToOffset
    for await (const found of stream.read(uplinkStream, rangeOf(this.#job))) {
      const entries = done === null ? found : found.filter(({ offset }) => compareOffsets(offset, done) > 0)
      for (let at = 0; at < entries.length; at += maxBatch) {
        if (this.#isStopped || this.#progress.failure !== undefined) return
        await this.#handOn(entries.slice(at, at + maxBatch))
      }
      if (this.#isStopped) return
    }
  }

  async #handOn(entries: readonly Entry[]): Promise<void> {
    const { clock, giveWay, handOver, messagesPerSecond, pause } = this.#parts
    await giveWay(yieldMs)
    const beganMs = clock.monotonicMs()
    const outcome = await handOver(entries, this.#job, () => this.#isStopped)
    const last = entries.at(-1)
    if (outcome === undefined) this.#isStopped = true
    if (outcome === undefined || last === undefined) return
    this.#progress.went(
      { offset: last.offset, receivedAt: last.atMs, messages: entries.length },
      outcome.durable,
    )
    const restMs = (entries.length / messagesPerSecond) * 1000 - (clock.monotonicMs() - beganMs)
    if (restMs > 0) await pause(restMs)
  }

  async #end(state: 'done' | 'failed', detail?: string): Promise<void> {
    const { clock, jobs } = this.#parts
    await this.#alone(async () => {
      await this.#save()
      if (this.#isStopped || !(await this.#write(ended(this.#job, state, clock.nowMs(), detail)))) return
      this.#isStopped = true
      await jobs.release(this.#job.id, this.#owner)
    })
  }

  /** One write after the other: each names the version that the one before has left. */
  async #alone(write: () => Promise<unknown>): Promise<void> {
    const turn = this.#lastWrite.then(write)
    this.#lastWrite = turn.catch(() => undefined)
    await turn
  }

  async #save(): Promise<void> {
    if (this.#isStopped) return
    const place = this.#progress.take()
    if (place !== undefined) {
      try {
        if (!(await this.#write(movedTo(this.#job, place)))) return
      } catch (error) {
        this.#progress.giveBack(place)
        throw error
      }
    }
    await this.#keepLease()
  }

  /** False, and the run is stopped, when it is not ours any more: cancelled, or claimed by another after a stall. */
  async #write(job: ReplayJob): Promise<boolean> {
    const outcome = await this.#parts.jobs.replace(job, this.#version)
    if (outcome.kind === 'replaced') {
      this.#job = job
      this.#version = outcome.stored.version
      return true
    }
    this.#isStopped = true
    if (outcome.kind === 'conflict') this.#job = outcome.current.document
    return false
  }

  async #keepLease(): Promise<void> {
    const { clock, jobs } = this.#parts
    if (clock.monotonicMs() - this.#leasedAtMs < renewAfterMs) return
    // There is no longer lease to be had than a new one; whoever comes in between carries on where this one is.
    await jobs.release(this.#job.id, this.#owner)
    const lease = { owner: this.#owner, nowMs: clock.nowMs(), durationMs: leaseMs }
    const [again] = await jobs.claim({ id: this.#job.id }, lease)
    if (again === undefined || !isOpen(again.document)) {
      this.#isStopped = true
      return
    }
    this.#version = again.version
    this.#leasedAtMs = clock.monotonicMs()
  }
}
