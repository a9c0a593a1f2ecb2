import { backoffMs } from '../../backoff.ts'
import type { Clock, Reckoning } from '../../clock.ts'
import type { Logger } from '../../logger.ts'
import type { Owned, Store } from '../../store/port.ts'
import { Holding } from './holding.ts'
import type { DueDocument, JobDefinition, Next } from './job.ts'
import { Lateness } from './lateness.ts'
import { afterFailure, recovered } from './outcome.ts'
import { type Place, placeOf } from './place.ts'
import { stepSince, toldAnew } from './reckoned.ts'
import { LastLook } from '../last-look.ts'

export interface RunnerParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
  /** Names this process among those that share the store. */
  readonly instance: string
  /** Of jitter, in [0, 1). */
  readonly random: () => number
}

export interface JobFigures {
  /** Documents whose work got through. */
  done: number
  failed: number
  givenUp: number
  /** Documents that another instance has taken over. */
  lost: number
  /** How late the last one was begun. */
  lateMs: number
  readonly late: Lateness
}

/** What others have made due is seen within this time, and sooner when they tell. */
export const lookEveryMs = 1000
/** What is due and leased is looked at so often during a lease, in case its instance has died. */
const looksPerLease = 8
const firstLookMs = 100
const togetherMs = 250

/**
 * Works on what is due, as long as it runs. It sleeps until the next document is due, but not for longer than
 * {@link lookEveryMs}, and then takes as many as it may at once.
 */
export class JobRunner<T extends DueDocument> {
  readonly figures: JobFigures = { done: 0, failed: 0, givenUp: 0, lost: 0, lateMs: 0, late: new Lateness() }
  readonly #job: JobDefinition<T>
  readonly #parts: RunnerParts
  readonly #place: Place<T>
  readonly #holdings = new Set<Holding<T>>()
  readonly #works = new Set<Promise<void>>()
  #claims = 0
  #reckoned: Reckoning | undefined
  /** When the first is due, as the last look found it, when nothing was due. */
  readonly #lastLook = new LastLook<{ readonly firstMs: number | undefined }>()
  #looking: Promise<void> | undefined
  #isWoken = false
  #isStopped = true
  #cancelSleep: (() => void) | undefined
  #cancelRenewal: (() => void) | undefined

  constructor(job: JobDefinition<T>, parts: RunnerParts) {
    this.#job = job
    this.#parts = parts
    this.#place = placeOf(parts.store, job)
  }

  start(): void {
    this.#isStopped = false
    this.wake()
  }

  /** Something may be due sooner than was known. */
  wake(): void {
    if (this.#isStopped) return
    this.#isWoken = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
      if (this.#isWoken) this.wake()
    })
  }

  /** Resolves when it sleeps and nothing is in hand. */
  async whenIdle(): Promise<void> {
    for (;;) {
      const [work] = this.#works
      const doing = this.#looking ?? work
      if (doing === undefined) return
      await doing
    }
  }

  /** Begins nothing more; what is in hand is told to end, and given back when it does not. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#isWoken = false
    this.#cancelSleep?.()
    for (const holding of this.#holdings) holding.stop()
    await this.whenIdle()
    this.#cancelRenewal?.()
  }

  async #look(): Promise<void> {
    this.#cancelSleep?.()
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false
      try {
        await this.#takeUp()
      } catch (error) {
        this.#parts.log.warn(
          { err: error, job: this.#job.name },
          'what is due cannot be read; it is tried again',
        )
        this.#sleep(lookEveryMs)
      }
    }
  }

  async #takeUp(): Promise<void> {
    const { clock } = this.#parts
    const room = this.#job.maxAtOnce - this.#works.size
    // Whatever ends makes room, and looks again.
    if (room <= 0) return
    await this.#tellAnew()
    const nowMs = clock.nowMs()
    const firstMs = await this.#firstDueMs(nowMs)
    if (firstMs === undefined || firstMs > nowMs) return this.#sleepUntil(firstMs, lookEveryMs)
    const claimed = await this.#claim(nowMs, room)
    if (claimed === room) return
    const looksMs = Math.max(firstLookMs, this.#job.leaseMs / looksPerLease)
    this.#sleepUntil(await this.#place.firstDueMs(nowMs), Math.min(lookEveryMs, looksMs))
  }

  /** Once after the clock was set, and once at the start: it may have been meanwhile. */
  async #tellAnew(): Promise<void> {
    const { moved } = this.#job
    if (moved === undefined || this.#isToldAsReckoned()) return
    const now = this.#parts.clock.reckoning()
    for (;;) {
      const told = await this.#place.toldOtherwise(now)
      if (told.length === 0) break
      for (const { document, orgId } of told)
        await this.#place.collectionOf(orgId).update(document.id, (current) => toldAnew(current, now, moved))
    }
    this.#reckoned = now
  }

  #isToldAsReckoned(): boolean {
    const reckoned = this.#reckoned
    return reckoned !== undefined && stepSince(reckoned, this.#parts.clock.reckoning()) === 0
  }

  /** When the first is due; the store is asked again only when somebody wrote to it, or after a while. */
  async #firstDueMs(nowMs: number): Promise<number | undefined> {
    const atMs = this.#parts.clock.monotonicMs()
    const found = this.#lastLook.stillFound(this.#place.revision(), atMs)
    if (found !== undefined) return found.firstMs
    const firstMs = await this.#place.firstDueMs(0)
    if (firstMs === undefined || firstMs > nowMs) this.#lastLook.note({ firstMs }, atMs)
    return firstMs
  }

  async #claim(nowMs: number, limit: number): Promise<number> {
    const { leaseMs, name } = this.#job
    const { clock, instance } = this.#parts
    const owner = `${instance}/${name}/${(this.#claims += 1)}`
    const claimedAtMs = clock.monotonicMs()
    const claimed = await this.#place.claim(nowMs, { owner, nowMs, durationMs: leaseMs }, limit)
    for (const owned of claimed) this.#begin(owned, owner, claimedAtMs)
    return claimed.length
  }

  #begin(owned: Owned<T>, owner: string, claimedAtMs: number): void {
    const { clock } = this.#parts
    const { leaseMs } = this.#job
    const collection = this.#place.collectionOf(owned.orgId)
    const holding = new Holding<T>(owned, {
      collection,
      clock,
      orgId: owned.orgId,
      owner,
      leaseMs,
      claimedAtMs,
    })
    this.figures.lateMs = Math.max(0, clock.nowMs() - (owned.document.dueAtMs ?? 0))
    this.figures.late.note(this.figures.lateMs)
    this.#holdings.add(holding)
    const work = this.#work(holding)
      .catch((error: unknown) => {
        // What has become of it cannot be written: its lease ends, and somebody does it again.
        this.#parts.log.warn(
          { err: error, job: this.#job.name },
          'what a job has done cannot be written down',
        )
      })
      .finally(() => {
        this.#holdings.delete(holding)
        this.#works.delete(work)
        // A good part is looked for at once, not one for each that ends.
        if (this.#works.size <= this.#job.maxAtOnce / 2) this.wake()
      })
    this.#works.add(work)
    if (this.#isStopped) holding.stop()
    this.#cancelRenewal ??= this.#renewLater()
  }

  async #work(holding: Holding<T>): Promise<void> {
    const { clock, log, random } = this.#parts
    const job = this.#job
    try {
      const next = await job.run(holding)
      await this.#end(holding, 'done', (current) => recovered(next(current)))
    } catch (thrown) {
      if (holding.isLost) return
      if (holding.signal.aborted) return void (await holding.release())
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      const { document, orgId } = holding
      log.warn({ err: error, job: job.name, id: document.id, orgId }, 'a job has failed')
      const { attempt } = holding
      const nowMs = clock.nowMs()
      const nextMs = nowMs + backoffMs(attempt - 1, job.retry, random())
      const { kind, next } = afterFailure(job, { attempt, error, nowMs, nextMs, reckoned: clock.reckoning() })
      await this.#end(holding, kind, next)
    }
  }

  async #end(holding: Holding<T>, kind: 'done' | 'failed' | 'givenUp', next: Next<T>): Promise<void> {
    if (await holding.end(next)) this.figures[kind] += 1
    else this.figures.lost += 1
  }

  #sleepUntil(dueAtMs: number | undefined, atMostMs: number): void {
    const { clock, random } = this.#parts
    // Instances that were started together do not look together.
    const apartMs = atMostMs * (0.75 + random() / 4)
    // Jobs of one instance that only ask whether anybody has written do it together: waking up costs more than asking.
    const pastMs = this.#lastLook.isQuiet ? (clock.monotonicMs() + apartMs) % togetherMs : 0
    const mostMs = apartMs - pastMs
    this.#sleep(dueAtMs === undefined ? mostMs : Math.min(mostMs, Math.max(1, dueAtMs - clock.nowMs())))
  }

  #sleep(ms: number): void {
    this.#cancelSleep?.()
    if (!this.#isStopped) this.#cancelSleep = this.#parts.clock.after(ms, () => this.#awake())
  }

  /** Mostly nobody has written meanwhile. Dozens of jobs find that out each second, so it takes no promise. */
  #awake(): void {
    const found = this.#foundStill()
    if (found === undefined) this.wake()
    else this.#sleepUntil(found.firstMs, lookEveryMs)
  }

  /** What the last look found, when the next would find the same and have nothing to do. */
  #foundStill(): { readonly firstMs: number | undefined } | undefined {
    const { clock } = this.#parts
    if (this.#job.moved !== undefined && !this.#isToldAsReckoned()) return undefined
    try {
      const found = this.#lastLook.stillFound(this.#place.revision(), clock.monotonicMs())
      return found?.firstMs === undefined || found.firstMs > clock.nowMs() ? found : undefined
    } catch {
      // The look meets the same, and tells.
      return undefined
    }
  }

  #renewLater(): () => void {
    return this.#parts.clock.after(this.#job.leaseMs / 4, () => {
      this.#cancelRenewal = undefined
      for (const holding of this.#holdings) {
        holding.renewWhenDue().catch((error: unknown) => {
          this.#parts.log.warn({ err: error, job: this.#job.name }, 'a lease could not be renewed')
        })
      }
      if (this.#holdings.size > 0) this.#cancelRenewal = this.#renewLater()
    })
  }
}
