import type { Clock } from '../platform/clock.ts'
import type { Route } from '../platform/stream/port.ts'
import type { QuotaBook } from './quota-book.ts'

type Done = (error?: Error) => void

/** Where messages go that are within the quota. */
export interface Intake {
  accept(route: Route, data: Uint8Array, done: Done): void
}

interface Held {
  readonly route: Route
  readonly data: Uint8Array
  readonly done: Done
}

/** Held ones of an organization are looked at so often at most: a batch at a time, not a timer for each. */
const leastWaitMs = 5

/**
 * Holds up what an organization sends beyond its quota, in order: it is not accepted yet, so it is not acknowledged, and a
 * device that has as much in flight as it may is not read any further. Others go straight on.
 */
export class ThrottledIntake implements Intake {
  readonly #intake: Intake
  readonly #quotas: Pick<QuotaBook, 'counts' | 'limitsMessages' | 'messages'>
  readonly #clock: Pick<Clock, 'after' | 'monotonicMs'>
  readonly #held = new Map<string, Held[]>()
  #isLettingGo = false

  constructor(
    intake: Intake,
    quotas: Pick<QuotaBook, 'counts' | 'limitsMessages' | 'messages'>,
    clock: Pick<Clock, 'after' | 'monotonicMs'>,
  ) {
    this.#intake = intake
    this.#quotas = quotas
    this.#clock = clock
  }

  accept(route: Route, data: Uint8Array, done: Done): void {
    if (this.#held.size === 0 && !this.#quotas.limitsMessages) this.#intake.accept(route, data, done)
    else this.#acceptWithinQuota(route, data, done)
  }

  #acceptWithinQuota(route: Route, data: Uint8Array, done: Done): void {
    const bucket = this.#isLettingGo ? undefined : this.#quotas.messages(route.orgId)
    const held = this.#held.get(route.orgId)
    if (held !== undefined) {
      this.#quotas.counts.messages += 1
      held.push({ route, data, done })
    } else if (bucket === undefined || bucket.take(this.#clock.monotonicMs()))
      this.#intake.accept(route, data, done)
    else {
      this.#quotas.counts.messages += 1
      this.#held.set(route.orgId, [{ route, data, done }])
      this.#later(route.orgId, bucket.waitMs(this.#clock.monotonicMs()))
    }
  }

  /** The process is about to stop: what is held goes on, and whatever still comes. */
  letGo(): void {
    this.#isLettingGo = true
    for (const held of this.#held.values())
      for (const { data, done, route } of held) this.#intake.accept(route, data, done)
    this.#held.clear()
  }

  #later(orgId: string, waitMs: number): void {
    this.#clock.after(Math.max(leastWaitMs, waitMs), () => this.#goOn(orgId))
  }

  #goOn(orgId: string): void {
    const held = this.#held.get(orgId)
    if (held === undefined) return
    const bucket = this.#quotas.messages(orgId)
    const nowMs = this.#clock.monotonicMs()
    const over = bucket === undefined ? -1 : held.findIndex(() => !bucket.take(nowMs))
    const passed = held.splice(0, over === -1 ? held.length : over)
    for (const { data, done, route } of passed) this.#intake.accept(route, data, done)
    if (held.length === 0) this.#held.delete(orgId)
    else this.#later(orgId, bucket?.waitMs(nowMs) ?? 0)
  }
}
