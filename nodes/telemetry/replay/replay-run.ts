import type { Clock } from '../../platform/clock.ts'
import { carriedOut } from '../../platform/kit/decider/aggregate.ts'
import type { Next, Work } from '../../platform/kit/jobs/job.ts'
import { presentable } from '../../platform/kit/presentable.ts'
import { compareOffsets } from '../../platform/stream/offset.ts'
import type { Entry, Stream } from '../../platform/stream/port.ts'
import { type ReplayCommand, replayDecider } from '../replay-decider.ts'
import { isOpen, movedTo, rangeOf, type ReplayDocument } from '../replay-job.ts'
import { receivedAtOf } from '../receipt-time.ts'
import { uplinkStream } from '../uplink-intake.ts'
import { Progress } from './progress.ts'

export interface ReplayRunParts {
  readonly stream: Pick<Stream, 'read'>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
  readonly pause: (ms: number) => Promise<void>
  /** The document as it is by now: somebody may have cancelled it. */
  readonly current: () => Promise<ReplayDocument | undefined>
  /** Resolves when the flow has finished what came for the first time, or the run is stopped. */
  readonly liveCaughtUp: (isStopped: () => boolean) => Promise<void>
  /** Lets what comes for the first time go before, for so long at most. */
  readonly giveWay: (withinMs: number) => Promise<void>
  /** Makes durable what went through. */
  readonly flush: () => Promise<void>
  /** Undefined when the run was stopped before the flow had finished them. */
  readonly handOver: (
    entries: readonly Entry[],
    job: ReplayDocument,
  ) => Promise<{ readonly durable: Promise<void> } | undefined>
  readonly maxBatch: number
  readonly messagesPerSecond: number
}

/** So long at most each batch waits for the flow to be free of what came for the first time. */
const yieldMs = 1000

/**
 * One replay, carried out by the instance that has claimed it. Where it is stands in its document, behind what has
 * become durable: whoever takes over begins there, and what comes twice by that is known to the flow.
 */
export class ReplayRun {
  readonly #parts: ReplayRunParts
  readonly #work: Pick<Work<ReplayDocument>, 'document' | 'save' | 'signal'>
  readonly #progress = new Progress()
  #isCancelled = false

  constructor(parts: ReplayRunParts, work: Pick<Work<ReplayDocument>, 'document' | 'save' | 'signal'>) {
    this.#parts = parts
    this.#work = work
  }

  get job(): ReplayDocument {
    return this.#work.document
  }

  get isStopped(): boolean {
    return this.#isCancelled || this.#work.signal.aborted
  }

  /**
   * Resolves with what becomes of its document when it has ended or was cancelled.
   * @throws when it is to be taken up again from where it was: an engine is away, or this instance stops
   */
  async run(): Promise<Next<ReplayDocument>> {
    const { flush, liveCaughtUp } = this.#parts
    await this.#work.save(this.#after({ type: 'StartReplay' }))
    // From here on all that is read has gone through the flow before.
    await liveCaughtUp(() => this.isStopped)
    try {
      await this.#goThrough()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      await this.tick()
      return this.#after({ type: 'EndReplay', state: 'failed', detail: presentable(error) })
    }
    if (!this.isStopped) {
      await flush()
      await this.#progress.settled()
    }
    await this.tick()
    if (this.#progress.failure !== undefined) throw this.#progress.failure
    if (this.#work.signal.aborted) throw new Error('the replay was stopped before its end')
    return this.#after({ type: 'EndReplay', state: 'done', detail: null })
  }

  /** To be called every second or so: writes down where it is, notices a cancellation. */
  async tick(): Promise<void> {
    const place = this.#progress.take()
    if (place === undefined) {
      const current = await this.#parts.current()
      this.#isCancelled ||= current !== undefined && !isOpen(current)
      return
    }
    try {
      const saved = await this.#work.save((job) => (isOpen(job) ? movedTo(job, place) : job))
      this.#isCancelled ||= saved !== undefined && !isOpen(saved)
    } catch (error) {
      this.#progress.giveBack(place)
      throw error
    }
  }

  /** One that was cancelled stays as it is. */
  #after(command: ReplayCommand): (job: ReplayDocument) => ReplayDocument {
    const nowMs = this.#parts.clock.nowMs()
    return (job) => carriedOut(replayDecider, job, command, nowMs)
  }

  async #goThrough(): Promise<void> {
    const { maxBatch, stream } = this.#parts
    const done = this.job.upToOffset
    for await (const found of stream.read(uplinkStream, rangeOf(this.job))) {
      const entries = done === null ? found : found.filter(({ offset }) => compareOffsets(offset, done) > 0)
      for (let at = 0; at < entries.length; at += maxBatch) {
        if (this.isStopped || this.#progress.failure !== undefined) return
        await this.#handOn(entries.slice(at, at + maxBatch))
      }
      if (this.isStopped) return
    }
  }

  async #handOn(entries: readonly Entry[]): Promise<void> {
    const { clock, giveWay, handOver, messagesPerSecond, pause } = this.#parts
    await giveWay(yieldMs)
    const beganMs = clock.monotonicMs()
    const outcome = await handOver(entries, this.job)
    const last = entries.at(-1)
    if (outcome === undefined || last === undefined) return
    this.#progress.went(
      { offset: last.offset, receivedAt: receivedAtOf(last.atMs), messages: entries.length },
      outcome.durable,
    )
    const restMs = (entries.length / messagesPerSecond) * 1000 - (clock.monotonicMs() - beganMs)
    if (restMs > 0) await pause(restMs)
  }
}
