import type { BookingPayments } from '../billing/booking-payments.ts'
import { type Aggregate, carriedOut, openAggregate } from '../platform/kit/decider/aggregate.ts'
import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import type { Platform } from '../platform/platform.ts'
import type { Collection, Filter, Page } from '../platform/store/port.ts'
import { bookingCollection, type BookingDocument } from './booking.ts'
import { BookingChanges, type BookingFault, type BookingOutcome } from './booking-changes.ts'
import { BookingClaims } from './booking-claims.ts'
import { type BookingCommand, bookingDecider, type BookingRefusal, neverFinished } from './booking-decider.ts'
import { announceBooking, type BookingEvent } from './booking-event.ts'
import type { BookingState } from './booking-evolve.ts'
import { findAtDoor, findWithCode } from './booking-queries.ts'
import { BookingTally } from './booking-tally.ts'
import { payWithinMs } from './booking-times.ts'
import type { Taken } from './calendar.ts'
import { Calendars, type Standing } from './calendars.ts'
import { overstayOf, reminderOf, usualCancellation } from './pod.ts'
import type { Pods } from './pods.ts'
import type { Span } from './slots.ts'
import { isAt, slotsOf, takenBy } from './stays.ts'

const jobName = 'bookings'
/** Whoever has claimed a time and has not come with its booking after so long never will. */
const abandonedAfterMs = 60_000
/** After nothing came of what was due. */
const lookAgainMs = 60_000

export interface WantedBooking extends Span {
  /** The same again is the same booking. */
  readonly id: string
  readonly podId: string
  readonly userId: string
  readonly actor: string
}

export type Booked = { readonly kind: 'booked'; readonly booking: BookingState } | BookingFault

export interface BookingParts extends Pick<Platform, 'clock' | 'jobs' | 'relay' | 'store'> {
  readonly pods: Pods
  readonly payments: BookingPayments
}

/** Bookings of pods: their time in the calendars, and their life. */
export class Bookings {
  readonly calendars: Calendars
  readonly changes: BookingChanges
  readonly became = new BookingTally()
  readonly #parts: BookingParts
  readonly #claims: BookingClaims
  readonly #aggregate: Aggregate<BookingState, BookingCommand, BookingEvent, BookingRefusal>

  constructor(parts: BookingParts) {
    this.#parts = parts
    this.calendars = new Calendars({
      ...parts,
      standing: (orgId, podId, taken) => this.#standing(orgId, podId, taken),
    })
    this.#claims = new BookingClaims(this.calendars)
    this.changes = new BookingChanges({
      ...parts,
      bookings: this,
      calendars: this.calendars,
      claims: this.#claims,
    })
    this.#aggregate = openAggregate<BookingState, BookingCommand, BookingEvent, BookingRefusal>({
      ...parts,
      collection: bookingCollection,
      decider: bookingDecider,
      announce: announceBooking,
    })
  }

  /** Takes the time first and makes the booking then; whether it is paid shows later. */
  async create(orgId: string, wanted: WantedBooking): Promise<Booked> {
    const { clock, pods } = this.#parts
    const { actor, endMs, id, podId, startMs, userId } = wanted
    const known = await this.get(orgId, id)
    if (known !== undefined)
      return known.reason === neverFinished ? { kind: 'taken' } : { kind: 'booked', booking: known }
    const pod = await pods.get(orgId, podId)
    if (pod === undefined) return { kind: 'no-pod' }
    const slots = slotsOf(pod, wanted, clock.nowMs())
    if (typeof slots !== 'number') return slots
    const nowMs = clock.nowMs()
    const taken = takenBy({ ...wanted, bufferMs: pod.bufferMinutes * 60_000 }, nowMs)
    const claimed = await this.calendars.claim(orgId, podId, taken)
    if (claimed.kind === 'taken') {
      this.became.note('taken')
      return { kind: 'taken' }
    }
    const outcome = await this.handle(orgId, id, {
      type: 'CreateBooking',
      actor,
      booking: {
        id,
        podId,
        userId,
        startMs,
        endMs,
        credits: slots * pod.creditsPerSlot,
        bufferMs: taken.bufferMs,
        cancellation: pod.cancellation ?? usualCancellation,
        overstay: overstayOf(pod),
        reminderMs: reminderOf(pod),
        payByMs: nowMs + payWithinMs,
      },
    })
    if (outcome.kind !== 'done' || outcome.state.reason === neverFinished) {
      await this.calendars.release(orgId, podId, taken)
      return { kind: 'taken' }
    }
    this.#parts.jobs.wake(jobName)
    return { kind: 'booked', booking: outcome.state }
  }

  async get(orgId: string, id: string): Promise<BookingDocument | undefined> {
    return (await this.#documents(orgId).get(id))?.document
  }

  /** By their start. */
  list(
    orgId: string,
    filter: Filter,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<BookingDocument>> {
    return this.#documents(orgId).find(filter, {
      sort: [{ path: 'startMs', direction: 'ascending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  /** As {@link findAtDoor}. */
  atDoor(orgId: string, podId: string, atMs: number): Promise<readonly BookingDocument[]> {
    return findAtDoor(this.#documents(orgId), podId, atMs)
  }

  /** As {@link findWithCode}, at this moment. */
  withCode(orgId: string, podId: string, limit: number): Promise<readonly BookingDocument[]> {
    return findWithCode(this.#documents(orgId), podId, this.#parts.clock.nowMs(), limit)
  }

  async handle(orgId: string, id: string, command: BookingCommand): Promise<BookingOutcome> {
    const outcome = await this.#aggregate.handle(orgId, id, command)
    if (outcome.kind === 'done') {
      this.became.noteEvents(outcome.state, outcome.events)
      await this.#afterwards(orgId, outcome.state, outcome.events)
    }
    return outcome
  }

  get job(): JobDefinition<BookingDocument> {
    return defineJob<BookingDocument>({
      name: jobName,
      collection: bookingCollection,
      of: 'organizations',
      leaseMs: 10_000,
      maxAtOnce: 64,
      retry: { firstMs: 500, lastMs: 60_000 },
      run: async (work) => {
        const { document, orgId } = work
        const nowMs = this.#parts.clock.nowMs()
        const command = { type: 'AdvanceBooking' } as const
        const saved = await work.save((current) =>
          carriedOut(bookingDecider, current, command, nowMs, announceBooking),
        )
        if (saved !== undefined) {
          if (saved.status !== document.status) this.became.noteStatus(saved)
          this.#parts.relay.offer(bookingCollection, orgId, saved)
          if (saved.status === 'CANCELLED') await this.#claims.release(orgId, saved)
        }
        return (current) =>
          current.dueAtMs === document.dueAtMs && current.history.length === document.history.length
            ? { ...current, dueAtMs: nowMs + lookAgainMs }
            : current
      },
    })
  }

  /** What follows from its events in the calendar and the wallet; whoever hears them on the stream does it again. */
  async follow(orgId: string, id: string, event: Pick<BookingEvent, 'data' | 'type'>): Promise<void> {
    const booking = await this.get(orgId, id)
    // oxlint-disable-next-line no-unsafe-type-assertion -- it was announced by this booking
    if (booking !== undefined) await this.#afterwards(orgId, booking, [event as BookingEvent])
  }

  async #afterwards(orgId: string, booking: BookingState, events: readonly BookingEvent[]): Promise<void> {
    for (const event of events) {
      if (event.type === 'BookingCancelled') await this.#claims.release(orgId, booking)
      if (event.type === 'BookingExtended' || event.type === 'BookingMoved') {
        const { extraCredits, n } = event.data
        if (extraCredits > 0) await this.#parts.payments.chargeExtra(orgId, booking.id, n, extraCredits)
      }
      // What it had before is a part of what it has now, under another end.
      if (event.type === 'BookingExtended') await this.#claims.releaseStrays(orgId, booking)
      if (event.type === 'BookingMoved') {
        const { fromEndMs, fromPodId, fromStartMs } = event.data
        const from = { ...booking, podId: fromPodId, startMs: fromStartMs, endMs: fromEndMs }
        await this.#claims.releaseStray(orgId, booking, from)
      }
    }
  }

  /** Of whoever stands in the way: whether it has the time, will have it, or never. */
  async #standing(orgId: string, podId: string, taken: Taken): Promise<Standing> {
    const isAbandoned = this.#parts.clock.nowMs() - taken.takenAtMs >= abandonedAfterMs
    if (taken.kind === 'block') {
      if (await this.#parts.pods.hasBlock(orgId, taken.holder)) return 'holds'
      return isAbandoned ? 'gone' : 'pending'
    }
    const booking = await this.get(orgId, taken.holder)
    if (booking !== undefined) {
      if (booking.status === 'CANCELLED') return 'gone'
      if (isAt(booking, podId, taken)) return 'holds'
      // A change takes its time before it is made.
      const { change } = booking
      return change !== null && isAt(change, podId, taken) ? 'holds' : 'gone'
    }
    if (!isAbandoned) return 'pending'
    const { bufferMs, endMs, holder: id, startMs, userId } = taken
    const gone = {
      id,
      podId,
      userId,
      startMs,
      endMs,
      bufferMs,
      credits: 0,
      cancellation: [],
      overstay: null,
      reminderMs: null,
      payByMs: this.#parts.clock.nowMs(),
    }
    const outcome = await this.handle(orgId, id, { type: 'AbandonBooking', booking: gone })
    // Whoever was about to write it has been quicker, or comes too late.
    return outcome.kind === 'done' && outcome.state.status === 'CANCELLED' ? 'gone' : 'pending'
  }

  #documents(orgId: string): Collection<BookingDocument> {
    return this.#parts.store.organization(orgId).collection(bookingCollection)
  }
}
