import { z } from 'zod'
import type { DueDocument } from '../platform/kit/jobs/job.ts'
import type { Booking, Happened } from './booking.ts'
import type { BookingEvent, DataOfEvent, NewBooking } from './booking-event.ts'
import { doorClosesMs, lateEndMs, remindBeforeMs, stillKnowsMs } from './booking-times.ts'

export type BookingState = Booking & DueDocument & { readonly history: Happened[] }

const maxHeard = 50

/** What an event makes of a booking, with itself in its history. */
export function evolveBooking(
  state: BookingState | undefined,
  event: BookingEvent,
  atMs: number,
): BookingState {
  const after = event.type === 'BookingCreated' ? begun(event.data, atMs) : changed(state, event, atMs)
  const history = state?.history ?? []
  const { actor, data, type } = event
  return {
    ...after,
    dueAtMs: nextDueMs(after),
    history: [...history, { version: history.length + 1, type, atMs, actor, data }],
  }
}

function changed(state: BookingState | undefined, event: BookingEvent, atMs: number): BookingState {
  if (state === undefined) throw new Error(`${event.type} of a booking that was never made`)
  if (event.type === 'BookingCreated') return state
  // oxlint-disable-next-line no-unsafe-type-assertion -- the data is of the event whose evolver is called
  return evolvers[event.type](state, event.data as never, atMs)
}

const madeSchema = z.looseObject({ n: z.int(), extraCredits: z.int() })

/** The change of this number, if it was made and not refused. */
export function changeMade(
  { history }: Pick<BookingState, 'history'>,
  n: number,
): { readonly extraCredits: number } | undefined {
  for (const { data, type } of history) {
    if (type !== 'BookingExtended' && type !== 'BookingMoved') continue
    const made = madeSchema.parse(data)
    if (made.n === n) return made
  }
  return undefined
}

/** As it was after what had happened by then; undefined when it was not made yet. */
export function bookingAt(history: readonly Happened[], atMs: number): BookingState | undefined {
  let state: BookingState | undefined
  for (const { actor, atMs: happenedMs, data, type } of history) {
    if (happenedMs > atMs) break
    // oxlint-disable-next-line no-unsafe-type-assertion -- written by the decider, and checked by nothing else since
    state = evolveBooking(state, { type, data, actor } as BookingEvent, happenedMs)
  }
  return state
}

/** When the clock alone brings something about. */
export function nextDueMs(state: Booking): number | null {
  if (state.status === 'PENDING') return state.payByMs
  if (state.status === 'CONFIRMED') return Math.min(state.endMs, state.remindAtMs ?? state.endMs)
  if (state.status !== 'INPROGRESS') return null
  const closesMs =
    state.sessionEndedAtMs === null ? Number.POSITIVE_INFINITY : state.sessionEndedAtMs + doorClosesMs
  const isToEnd = state.overstayedAtMs === null && state.sessionEndedAtMs === null
  if (state.remindedAtMs === null && isToEnd) return state.endMs - remindBeforeMs
  const overstaysMs = isToEnd ? state.endMs : Number.POSITIVE_INFINITY
  return Math.min(overstaysMs, closesMs, state.endMs + lateEndMs)
}

type Evolvers = {
  readonly [T in Exclude<BookingEvent['type'], 'BookingCreated'>]: (
    state: BookingState,
    data: DataOfEvent<T>,
    atMs: number,
  ) => BookingState
}

const as = (state: BookingState): BookingState => state
const ended = (state: BookingState, status: Booking['status'], atMs: number): BookingState => ({
  ...state,
  status,
  change: null,
  endedAtMs: atMs,
})
const heard = (state: BookingState, eventId: string): string[] =>
  [...state.heard.filter((known) => known !== eventId), eventId].slice(-maxHeard)
const settled = (
  state: BookingState,
  { credits, endMs, podId, startMs }: DataOfEvent<'BookingExtended'>,
): BookingState => ({
  ...state,
  podId,
  startMs,
  endMs,
  credits,
  change: null,
  overstayedAtMs: null,
  remindedAtMs: null,
})

/** @param knownAtMs when its guest was last told when it begins */
function toBeReminded(state: BookingState, knownAtMs: number): BookingState {
  const atMs = state.reminderMs === null ? undefined : state.startMs - state.reminderMs
  return { ...state, remindAtMs: atMs === undefined || atMs - knownAtMs < stillKnowsMs ? null : atMs }
}

const evolvers: Evolvers = {
  PaymentRequested: as,
  BookingConfirmed: (state, _, atMs) => toBeReminded({ ...state, status: 'CONFIRMED' }, atMs),
  BookingExpired: as,
  BookingCancelled: (state, { reason }, atMs) => ({ ...ended(state, 'CANCELLED', atMs), reason }),
  RefundRequested: as,
  RefundCompleted: as,
  AccessCodeIssued: as,
  BookingChangeRequested: (state, change) => ({ ...state, change, changes: change.n }),
  BookingChangeRefused: (state) => ({ ...state, change: null }),
  BookingExtended: settled,
  BookingMoved: (state, change, atMs) => toBeReminded(settled(state, change), atMs),
  BookingStartingSoon: (state) => ({ ...state, remindAtMs: null }),
  SessionStarted: (state, { atMs, eventId }) => ({
    ...state,
    status: 'INPROGRESS',
    startedAtMs: atMs,
    endedAtMs: null,
    heard: heard(state, eventId),
  }),
  SessionEndingSoon: (state, _, atMs) => ({ ...state, remindedAtMs: atMs }),
  SessionEnded: (state, { atMs, eventId }) => ({
    ...state,
    sessionEndedAtMs: atMs,
    heard: heard(state, eventId),
  }),
  DoorClosed: (state, { atMs, eventId }) => ({
    ...state,
    doorClosedAtMs: Math.max(atMs, state.doorClosedAtMs ?? 0),
    heard: heard(state, eventId),
  }),
  GuestAdmitted: (state, { atMs }) => ({ ...state, admittedAtMs: atMs, remindAtMs: null }),
  OverstayDue: as,
  BookingOverstayed: (state, _, atMs) => ({ ...state, overstayedAtMs: atMs }),
  BookingReconciled: as,
  BookingCompleted: (state, _, atMs) => ended(state, 'COMPLETED', atMs),
  BookingNoShow: (state, _, atMs) => ended(state, 'NOSHOW', atMs),
}

const begun = (booking: NewBooking, atMs: number): BookingState => ({
  ...booking,
  // Absent from the first event of one that was made before there was such a thing.
  overstay: booking.overstay ?? null,
  reminderMs: booking.reminderMs ?? null,
  status: 'PENDING',
  createdAtMs: atMs,
  reason: null,
  change: null,
  changes: 0,
  admittedAtMs: null,
  startedAtMs: null,
  remindAtMs: null,
  remindedAtMs: null,
  overstayedAtMs: null,
  sessionEndedAtMs: null,
  doorClosedAtMs: null,
  endedAtMs: null,
  heard: [],
  history: [],
  dueAtMs: null,
  failures: 0,
})
