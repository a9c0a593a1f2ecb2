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
/** Of one organization. What devices have in flight is bounded; that they go, come back and send it again is not. */
const mostHeld = { messages: 10_000, bytes: 16 * 1024 * 1024 }
const noRoom = new Error('the organization is over its quota')

/**
 * Holds up what an organization sends beyond its quota, in order: it is not accepted yet, so it is not acknowledged, and a
 * device that has as much in flight as it may is not read any further. Others go straight on. What there is no room to hold is
 * refused: its device is cut off, and sends it again.
 */
export class ThrottledIntake implements Intake {
  readonly #intake: Intake
  readonly #quotas: Pick<QuotaBook, 'counts' | 'limitsMessages' | 'messages'>
  readonly #clock: Pick<Clock, 'after' | 'monotonicMs'>
  readonly #held = new Map<string, { readonly messages: Held[]; bytes: number }>()
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
    if (this.#held.has(route.orgId)) this.#hold({ route, data, done })
    else if (bucket === undefined || bucket.take(this.#clock.monotonicMs()))
      this.#intake.accept(route, data, done)
    else {
      this.#hold({ route, data, done })
      this.#later(route.orgId, bucket.waitMs(this.#clock.monotonicMs()))
    }
  }

  #hold(message: Held): void {
    const { orgId } = message.route
    const held = this.#held.get(orgId) ?? { messages: [], bytes: 0 }
    this.#held.set(orgId, held)
    const bytes = held.bytes + message.data.length
    if (held.messages.length >= mostHeld.messages || bytes > mostHeld.bytes) {
      this.#quotas.counts.refused += 1
      message.done(noRoom)
      return
    }
    this.#quotas.counts.messages += 1
    held.bytes = bytes
    held.messages.push(message)
  }

  /** The process is about to stop: what is held goes on, and whatever still comes. */
  letGo(): void {
    this.#isLettingGo = true
    for (const { messages } of this.#held.values())
      for (const { data, done, route } of messages) this.#intake.accept(route, data, done)
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
    const over = bucket === undefined ? -1 : held.messages.findIndex(() => !bucket.take(nowMs))
    const passed = held.messages.splice(0, over === -1 ? held.messages.length : over)
    for (const { data, done, route } of passed) {
      held.bytes -= data.length
      this.#intake.accept(route, data, done)
    }
    if (held.messages.length === 0) this.#held.delete(orgId)
    else this.#later(orgId, bucket?.waitMs(nowMs) ?? 0)
  }
}
