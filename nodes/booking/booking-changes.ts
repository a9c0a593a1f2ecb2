import type { BookingPayments } from '../billing/booking-payments.ts'
import type { Handled } from '../platform/kit/decider/aggregate.ts'
import type { Platform } from '../platform/platform.ts'
import { type BookingChange, type BookingDocument, isLive } from './booking.ts'
import type { BookingClaims } from './booking-claims.ts'
import type { BookingCommand, BookingRefusal } from './booking-decider.ts'
import type { BookingEvent } from './booking-event.ts'
import { type BookingState, changeMade } from './booking-evolve.ts'
import type { Calendars } from './calendars.ts'
import type { Pods } from './pods.ts'
import type { Span } from './slots.ts'
import { isAt, slotsOf, takenBy, type WrongStay } from './stays.ts'

export type WantedChange =
  | { readonly kind: 'extend'; readonly endMs: number }
  | ({
      readonly kind: 'move'
      /** Its own when absent. */
      readonly podId?: string | undefined
    } & Span)

export type BookingFault =
  | { readonly kind: 'missing' }
  | { readonly kind: 'no-pod' }
  | WrongStay
  | { readonly kind: 'taken' }

export type Changed =
  | { readonly kind: 'changed'; readonly booking: BookingState }
  | { readonly kind: 'too-few-credits' }
  | { readonly kind: 'refused'; readonly refusal: BookingRefusal }
  | BookingFault

export type BookingOutcome = Handled<BookingState, BookingEvent, BookingRefusal>

export interface BookingChangesParts extends Pick<Platform, 'clock'> {
  readonly bookings: {
    get(orgId: string, id: string): Promise<BookingDocument | undefined>
    handle(orgId: string, id: string, command: BookingCommand): Promise<BookingOutcome>
  }
  readonly calendars: Pick<Calendars, 'claim'>
  readonly claims: Pick<BookingClaims, 'releaseStray'>
  readonly payments: BookingPayments
  readonly pods: Pick<Pods, 'get'>
}

/** Another time or pod for bookings: noted in the booking first, then claimed and paid, then made. */
export class BookingChanges {
  readonly #parts: BookingChangesParts

  constructor(parts: BookingChangesParts) {
    this.#parts = parts
  }

  /**
   * Another end, time or pod: charged at once where it costs more. Once, however often it is asked for: what the booking
   * has already is no change, and what is under way to that is finished.
   */
  async make(orgId: string, id: string, wanted: WantedChange, actor: string): Promise<Changed> {
    const { bookings, clock, pods } = this.#parts
    for (;;) {
      const booking = await bookings.get(orgId, id)
      if (booking === undefined) return { kind: 'missing' }
      const { podId, ...span } = stayOf(booking, wanted)
      const pod = await pods.get(orgId, podId)
      if (pod === undefined) return { kind: 'no-pod' }
      if (isLive(booking) && isAt(booking, podId, span)) return { kind: 'changed', booking }
      if (span.kind === 'extend' && span.endMs <= booking.endMs)
        return { kind: 'wrong', path: 'end', message: 'is not after the end that it has' }
      const { change: underWay } = booking
      if (underWay !== null && isAt(underWay, podId, span)) return this.finish(orgId, id, underWay.n, actor)
      const slots = slotsOf(pod, span, span.kind === 'extend' ? span.startMs : clock.nowMs())
      if (typeof slots !== 'number') return slots
      const price = Math.max(booking.credits, slots * pod.creditsPerSlot)
      const change = {
        ...span,
        n: booking.changes + 1,
        podId,
        bufferMs: pod.bufferMinutes * 60_000,
        credits: price,
        extraCredits: price - booking.credits,
      }
      const requested = await bookings.handle(orgId, id, { type: 'RequestChange', actor, change })
      // Reckoned from what another change has made of it meanwhile: that would be paid twice.
      if (requested.kind === 'refused' && requested.refusal === 'changed') continue
      if (requested.kind === 'refused') return requested
      if (requested.kind !== 'done') throw new Error(`the change of ${id} is gone`)
      return this.finish(orgId, id, change.n, actor)
    }
  }

  /** Takes the time, pays and makes the change; or leaves all as it was. May be begun again wherever it was left. */
  async finish(orgId: string, id: string, n: number, actor: string): Promise<Changed> {
    const { bookings, calendars, claims, clock, payments } = this.#parts
    const booking = await bookings.get(orgId, id)
    if (booking === undefined) return { kind: 'missing' }
    const { change, userId } = booking
    if (change?.n !== n) return this.#over(orgId, booking, n)
    const taken = takenBy({ ...change, id, userId }, clock.nowMs())
    const claimed = await calendars.claim(orgId, change.podId, taken)
    const refuse = async (reason: string, why: Changed): Promise<Changed> => {
      const outcome = await bookings.handle(orgId, id, { type: 'RefuseChange', n, reason, actor })
      if (outcome.kind !== 'done') return why
      await claims.releaseStray(orgId, outcome.state, change)
      const changed = await this.#over(orgId, outcome.state, n)
      // Somebody else has made it meanwhile.
      return changed.kind === 'changed' ? changed : why
    }
    if (claimed.kind === 'taken') return refuse('the time is taken', { kind: 'taken' })
    const charged = { id, userId, podId: change.podId, credits: change.extraCredits }
    if (!(await payments.holdExtra(orgId, charged, n)))
      return refuse('too few credits', { kind: 'too-few-credits' })
    const confirmed = await bookings.handle(orgId, id, { type: 'ConfirmChange', n, actor })
    if (confirmed.kind !== 'done' || changeMade(confirmed.state, n) === undefined)
      return refuse('it is over', { kind: 'refused', refusal: 'over' })
    return { kind: 'changed', booking: confirmed.state }
  }

  /** The change is over. One that was made has its credits, which may not have been taken yet; of another they are free again. */
  async #over(orgId: string, booking: BookingState, n: number): Promise<Changed> {
    const { id, userId } = booking
    const made = changeMade(booking, n)
    if (made === undefined) {
      await this.#parts.payments.releaseExtra(orgId, userId, id, n)
      return { kind: 'refused', refusal: 'not-now' }
    }
    if (made.extraCredits > 0) await this.#parts.payments.chargeExtra(orgId, id, n, made.extraCredits)
    return { kind: 'changed', booking }
  }
}

const stayOf = (
  { podId, startMs }: BookingDocument,
  wanted: WantedChange,
): Pick<BookingChange, 'endMs' | 'kind' | 'podId' | 'startMs'> =>
  wanted.kind === 'extend' ? { ...wanted, podId, startMs } : { ...wanted, podId: wanted.podId ?? podId }
