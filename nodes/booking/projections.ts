/** What is made of bookings and blocks, made anew of nothing else. */
import type { CollectionSpec, Document, Stored, Store } from '../platform/store/port.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import { type Booking, bookingCollection, type BookingDocument } from './booking.ts'
import { bookingAt } from './booking-evolve.ts'
import {
  calendarCollection,
  type CalendarDay,
  calendarId,
  daysOf,
  type Taken,
  withTaken,
} from './calendar.ts'
import { blockCollection, type PodBlock } from './pods.ts'

/** Whoever has claimed a time and is not written yet may be about to be: its claim stays. */
const freshMs = 60_000

export interface Rebuilt {
  readonly bookings: number
  /** Whose state was not what its events make of it. */
  readonly changedBookings: readonly string[]
  readonly days: number
  /** Days of a calendar that were missing, or not what bookings and blocks make of them. */
  readonly changedDays: readonly string[]
}

/** What its events make of a booking; what is not of them (deadlines, events on their way) stays. Pure. */
export function refolded(document: BookingDocument): BookingDocument {
  const folded = bookingAt(document.history, Number.POSITIVE_INFINITY)
  if (folded === undefined) return document
  const { dueAtMs: _due, failures: _failures, ...state } = folded
  return { ...document, ...state }
}

/** The times that a booking has, or is about to have. Pure. */
export function takenOf(booking: Booking): readonly { readonly podId: string; readonly taken: Taken }[] {
  if (booking.status === 'CANCELLED') return []
  const { change, createdAtMs: takenAtMs, id: holder, userId } = booking
  return (change === null ? [booking] : [booking, change]).map(({ bufferMs, endMs, podId, startMs }) => ({
    podId,
    taken: { holder, kind: 'booking', startMs, endMs, bufferMs, takenAtMs, userId },
  }))
}

const takenByBlock = ({ createdAtMs: takenAtMs, fromMs, id: holder, podId, toMs }: PodBlock) => ({
  podId,
  taken: { holder, kind: 'block', startMs: fromMs, endMs: toMs, bufferMs: 0, takenAtMs, userId: '' } as Taken,
})

/** The calendars from a day on, by the id of each day. Pure. */
export function calendarsFrom(
  all: Iterable<{ readonly podId: string; readonly taken: Taken }>,
  sinceMs: number,
): ReadonlyMap<string, CalendarDay> {
  const days = new Map<string, CalendarDay>()
  for (const { podId, taken } of all)
    for (const dayMs of daysOf(taken)) {
      if (dayMs < sinceMs) continue
      const id = calendarId(podId, dayMs)
      days.set(id, withTaken(days.get(id) ?? { id, podId, dayMs, taken: [] }, taken))
    }
  return days
}

/**
 * States of bookings from their events, and calendars from bookings and blocks, while the platform runs: what changes
 * meanwhile is looked at again. Days of before `sinceMs` are left as they are. @throws StoreUnavailable
 */
export async function rebuildBookings(
  store: Store,
  orgId: string,
  { nowMs, sinceMs }: { readonly nowMs: () => number; readonly sinceMs: number },
): Promise<Rebuilt> {
  const of = <T extends Document>(spec: CollectionSpec<T>) => store.organization(orgId).collection(spec)
  const changedBookings: string[] = []
  let bookings = 0
  const taken: { readonly podId: string; readonly taken: Taken }[] = []
  for await (const { document } of everyDocument(of(bookingCollection))) {
    bookings += 1
    const folded = refolded(document)
    if (JSON.stringify(sorted(folded)) !== JSON.stringify(sorted(document))) {
      changedBookings.push(document.id)
      await of(bookingCollection).update(document.id, refolded)
    }
    taken.push(...takenOf(folded))
  }
  for await (const { document } of everyDocument(of(blockCollection))) taken.push(takenByBlock(document))
  const wanted = calendarsFrom(taken, sinceMs)
  const stored = new Map<string, Stored<CalendarDay>>()
  for await (const day of everyDocument(of(calendarCollection), { dayMs: { $gte: sinceMs } }))
    stored.set(day.document.id, day)
  const changedDays: string[] = []
  for (const id of new Set([...wanted.keys(), ...stored.keys()])) {
    const before = stored.get(id)
    const known = wanted.get(id) ?? { ...before?.document, taken: [] }
    // oxlint-disable-next-line no-unsafe-type-assertion -- it is in one of the two
    let day = known as CalendarDay
    for (const each of before?.document.taken ?? [])
      if (nowMs() - each.takenAtMs < freshMs && !holds(day, each)) day = withTaken(day, each)
    if (before !== undefined && isSameDay(before.document, day)) continue
    changedDays.push(id)
    // Lost to somebody who has just claimed something, it is right to what they wrote, and right after the next time.
    if (before === undefined) await of(calendarCollection).insert(day)
    else await of(calendarCollection).replace(day, before.version)
  }
  return { bookings, changedBookings, days: wanted.size, changedDays }
}

const nameOf = ({ bufferMs, endMs, holder, startMs }: Taken): string =>
  [holder, startMs, endMs, bufferMs].join('/')
const holds = ({ taken }: CalendarDay, one: Taken): boolean =>
  taken.some((each) => nameOf(each) === nameOf(one))
const isSameDay = (one: CalendarDay, other: CalendarDay): boolean =>
  one.taken.map(nameOf).toSorted().join() === other.taken.map(nameOf).toSorted().join()

/** Whatever order the fields have in. */
const sorted = (document: BookingDocument): unknown =>
  Object.entries(document).toSorted(([one], [other]) => (one < other ? -1 : 1))
