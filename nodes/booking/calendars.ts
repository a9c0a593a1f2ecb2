import type { Platform } from '../platform/platform.ts'
import type { Collection } from '../platform/store/port.ts'
import {
  calendarCollection,
  type CalendarDay,
  calendarId,
  daysOf,
  inTheWay,
  type Taken,
  withTaken,
  without,
} from './calendar.ts'
import type { Span } from './slots.ts'

export type Claimed =
  | { readonly kind: 'claimed' }
  /** By whom, as far as the calendar knows. */
  | { readonly kind: 'taken'; readonly by: Taken }

/** What became of whoever stands in the way. */
export type Standing =
  /** It has the time. */
  | 'holds'
  /** It is about to be written. */
  | 'pending'
  /** It never will, or does not need the time any more. */
  | 'gone'

export interface CalendarParts extends Pick<Platform, 'clock' | 'store'> {
  /** Asked about what stands in the way; it must not come back once it was said to be gone. */
  readonly standing: (orgId: string, podId: string, taken: Taken) => Promise<Standing>
}

const waitMs = 25
const maxWaits = 40

/** The calendars of pods. */
export class Calendars {
  readonly #parts: CalendarParts

  constructor(parts: CalendarParts) {
    this.#parts = parts
  }

  /** All of the span or nothing of it; what the same holder has already is no obstacle. */
  async claim(orgId: string, podId: string, wanted: Taken): Promise<Claimed> {
    for (let waits = 0; ; waits += 1) {
      const obstacle = await this.#claimDays(orgId, podId, wanted)
      if (obstacle === undefined) return { kind: 'claimed' }
      const standing = await this.#parts.standing(orgId, podId, obstacle)
      if (standing === 'gone') await this.release(orgId, podId, obstacle)
      else if (standing === 'holds' || waits >= maxWaits) return { kind: 'taken', by: obstacle }
      else await new Promise<void>((resolve) => void this.#parts.clock.after(waitMs, resolve))
    }
  }

  /** Day by day in order, so that of several that overlap one always gets through. */
  async #claimDays(orgId: string, podId: string, wanted: Taken): Promise<Taken | undefined> {
    const claimed: number[] = []
    for (const dayMs of daysOf(wanted)) {
      const obstacle = await this.#claimDay(orgId, podId, dayMs, wanted)
      if (obstacle !== undefined) {
        for (const done of claimed) await this.#releaseDay(orgId, podId, done, wanted)
        return obstacle
      }
      claimed.push(dayMs)
    }
    return undefined
  }

  async #claimDay(orgId: string, podId: string, dayMs: number, wanted: Taken): Promise<Taken | undefined> {
    const days = this.#days(orgId)
    const id = calendarId(podId, dayMs)
    for (;;) {
      const stored = await days.get(id)
      const day: CalendarDay = stored?.document ?? { id, podId, dayMs, taken: [] }
      const obstacle = inTheWay(day, wanted)
      if (obstacle !== undefined) return obstacle
      const next = withTaken(day, wanted)
      const outcome =
        stored === undefined ? await days.insert(next) : await days.replace(next, stored.version)
      if (outcome.kind === 'inserted' || outcome.kind === 'replaced') return undefined
    }
  }

  async release(
    orgId: string,
    podId: string,
    left: Pick<Taken, 'bufferMs' | 'holder'> & Span,
  ): Promise<void> {
    for (const dayMs of daysOf(left)) await this.#releaseDay(orgId, podId, dayMs, left)
  }

  async #releaseDay(
    orgId: string,
    podId: string,
    dayMs: number,
    left: Pick<Taken, 'holder'> & Span,
  ): Promise<void> {
    await this.#days(orgId).update(calendarId(podId, dayMs), (day) => without(day, left))
  }

  /** All that is taken in the span, with what is so near that its buffer reaches into it. */
  async takenIn(orgId: string, podId: string, { endMs, startMs }: Span): Promise<readonly Taken[]> {
    const dayLengthMs = 86_400_000
    const { items } = await this.#days(orgId).find(
      {
        podId,
        dayMs: {
          $gte: Math.floor(startMs / dayLengthMs - 1) * dayLengthMs,
          $lte: endMs + dayLengthMs,
        },
      },
      { limit: 1000 },
    )
    return items.flatMap(({ document }) => document.taken)
  }

  /** Forgets days long past. */
  sweep(orgId: string, beforeMs: number): Promise<number> {
    return this.#days(orgId).removeMany({ dayMs: { $lt: beforeMs } })
  }

  #days(orgId: string): Collection<CalendarDay> {
    return this.#parts.store.organization(orgId).collection(calendarCollection)
  }
}
