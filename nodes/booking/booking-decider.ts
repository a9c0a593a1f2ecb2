/**
 * The life of a booking:
 *
 *     PENDING → CONFIRMED → INPROGRESS → COMPLETED
 *        │          ├→ NOSHOW ──┘
 *        └──────────┴→ CANCELLED
 *
 * Pure and total: what does not fit the state is refused and changes nothing. A guest whose door could tell of him only
 * when his time was over did come: what was a no-show goes on as the session that it was.
 */
import { type Decider, type Decision, refused } from '../platform/kit/decider/decider.ts'
import type { Booking, BookingChange } from './booking.ts'
import { isLive } from './booking.ts'
import type { BookingEvent, NewBooking } from './booking-event.ts'
import { type BookingState, evolveBooking } from './booking-evolve.ts'
import { doorClosesMs, doorOpensEarlyMs, lateEndMs, remindBeforeMs } from './booking-times.ts'
import { refundPercent } from './pod.ts'

const maxHistory = 500
const platform = 'platform'
export const neverFinished = 'it was never finished'

interface By {
  readonly actor: string
  readonly causationId?: string | undefined
}
interface AtDoor {
  /** When it was, by the pod's clock. */
  readonly atMs: number
  /** Names it for good. */
  readonly eventId: string
}

export type BookingCommand =
  | ({ readonly type: 'CreateBooking'; readonly booking: NewBooking } & By)
  /** Nobody will finish it: whoever comes with it later finds it over. */
  | { readonly type: 'AbandonBooking'; readonly booking: NewBooking }
  | ({ readonly type: 'ConfirmBooking' } & By)
  | ({ readonly type: 'RefusePayment'; readonly reason: string } & By)
  | ({ readonly type: 'CancelBooking'; readonly reason: string } & By)
  /** Its number tells after which changes it was reckoned. */
  | ({ readonly type: 'RequestChange'; readonly change: BookingChange } & By)
  | ({ readonly type: 'ConfirmChange'; readonly n: number } & By)
  | ({ readonly type: 'RefuseChange'; readonly n: number; readonly reason: string } & By)
  | ({ readonly type: 'NoteCode' } & By)
  | ({ readonly type: 'NoteRefund'; readonly credits: number } & By)
  | ({ readonly type: 'AdmitGuest' } & AtDoor & By)
  | ({ readonly type: 'OpenDoor' } & AtDoor & By)
  | ({ readonly type: 'StartSession' } & AtDoor & By)
  | ({ readonly type: 'EndSession' } & AtDoor & By)
  | ({ readonly type: 'CloseDoor' } & AtDoor & By)
  /** By the clock. */
  | { readonly type: 'AdvanceBooking' }

export type BookingRefusal = 'missing' | 'exists' | 'over' | 'not-now' | 'busy' | 'changed'

type Verdict = Decision<BookingEvent, BookingRefusal>

export const bookingDecider: Decider<BookingState, BookingCommand, BookingEvent, BookingRefusal> = {
  decide(state, command, nowMs) {
    if (command.type === 'CreateBooking') return created(state, command)
    if (command.type === 'AbandonBooking') return state === undefined ? abandoned(command.booking) : []
    if (state === undefined) return refused('missing')
    // oxlint-disable-next-line no-unsafe-type-assertion -- the command is of the type whose decider is called
    return deciders[command.type](state, command as never, nowMs)
  },
  evolve: evolveBooking,
}

type Deciders = {
  readonly [T in Exclude<BookingCommand['type'], 'AbandonBooking' | 'CreateBooking'>]: (
    state: BookingState,
    command: Extract<BookingCommand, { readonly type: T }>,
    nowMs: number,
  ) => Verdict
}

const happens =
  ({ actor, causationId }: By) =>
  (body: Pick<BookingEvent, 'data' | 'type'>): BookingEvent =>
    // oxlint-disable-next-line no-unsafe-type-assertion -- the callers pair a type with its data
    ({ ...body, actor, ...(causationId === undefined ? {} : { causationId }) }) as BookingEvent

function created(
  state: BookingState | undefined,
  command: Extract<BookingCommand, { readonly type: 'CreateBooking' }>,
): Verdict {
  // Asked for again under the same id, it is what it is.
  if (state !== undefined) return state.userId === command.booking.userId ? [] : refused('exists')
  const happened = happens(command)
  return [
    happened({ type: 'BookingCreated', data: command.booking }),
    happened({ type: 'PaymentRequested', data: { credits: command.booking.credits } }),
  ]
}

function abandoned(booking: NewBooking): Verdict {
  const happened = happens({ actor: platform })
  return [
    happened({ type: 'BookingCreated', data: booking }),
    happened({ type: 'BookingCancelled', data: { reason: neverFinished } }),
  ]
}

const deciders: Deciders = {
  ConfirmBooking(state, command) {
    if (state.status !== 'PENDING') return isLive(state) ? [] : refused('over')
    return [happens(command)({ type: 'BookingConfirmed', data: { credits: state.credits } })]
  },
  RefusePayment(state, command) {
    if (state.status !== 'PENDING') return state.status === 'CANCELLED' ? [] : refused('not-now')
    return [happens(command)({ type: 'BookingCancelled', data: { reason: command.reason } })]
  },
  CancelBooking(state, command, nowMs) {
    if (state.status === 'CANCELLED') return []
    if (state.status !== 'PENDING' && state.status !== 'CONFIRMED') return refused('over')
    const { reason } = command
    const percent =
      state.status === 'PENDING' ? 100 : refundPercent(state.cancellation, state.startMs - nowMs)
    const happened = happens(command)
    return [
      happened({ type: 'BookingCancelled', data: { reason } }),
      happened({ type: 'RefundRequested', data: { percent, reason } }),
    ]
  },
  RequestChange(state, command) {
    const { change } = command
    if (!isLive(state)) return refused('over')
    if (state.status === 'PENDING') return refused('not-now')
    if (state.status === 'INPROGRESS' && change.kind === 'move') return refused('not-now')
    if (change.n !== state.changes + 1) return refused('changed')
    if (state.change !== null || state.history.length >= maxHistory) return refused('busy')
    return [happens(command)({ type: 'BookingChangeRequested', data: change })]
  },
  ConfirmChange(state, command) {
    const { change } = state
    if (change?.n !== command.n) return refused('not-now')
    const happened = happens(command)
    if (!isLive(state))
      return [happened({ type: 'BookingChangeRefused', data: { n: change.n, reason: 'it is over' } })]
    if (change.kind === 'extend') return [happened({ type: 'BookingExtended', data: change })]
    const { endMs: fromEndMs, podId: fromPodId, startMs: fromStartMs } = state
    return [happened({ type: 'BookingMoved', data: { ...change, fromPodId, fromStartMs, fromEndMs } })]
  },
  RefuseChange(state, command) {
    const { n, reason } = command
    return state.change?.n === n
      ? [happens(command)({ type: 'BookingChangeRefused', data: { n, reason } })]
      : []
  },
  NoteCode: (state, command) =>
    state.history.some(({ type }) => type === 'AccessCodeIssued')
      ? []
      : [happens(command)({ type: 'AccessCodeIssued', data: null })],
  NoteRefund: (state, command) =>
    state.history.some(({ type }) => type === 'RefundCompleted')
      ? []
      : [happens(command)({ type: 'RefundCompleted', data: { credits: command.credits } })],
  AdmitGuest(state, command) {
    const { atMs, eventId } = command
    if (!isLive(state)) return refused('over')
    if (state.admittedAtMs !== null || state.status !== 'CONFIRMED') return []
    return [happens(command)({ type: 'GuestAdmitted', data: { atMs, eventId } })]
  },
  OpenDoor: (state, command) =>
    atDoor(state, command, started(state, command, state.status === 'NOSHOW' ? ['OPEN_DOOR'] : [])),
  StartSession: (state, command) => atDoor(state, command, started(state, command, ['OPEN_DOOR'])),
  EndSession(state, command) {
    const { atMs, eventId } = command
    const happened = happens(command)
    const ended = happened({ type: 'SessionEnded', data: { atMs, eventId } })
    if (state.sessionEndedAtMs !== null) return []
    const isClosed = state.doorClosedAtMs !== null && state.doorClosedAtMs >= atMs
    const closed = isClosed ? completed(state, atMs, happened) : []
    return atDoor(state, command, [
      ...started(state, command, ['OPEN_DOOR', 'SESSION_START']),
      ended,
      ...closed,
    ])
  },
  CloseDoor(state, command) {
    const { atMs, eventId } = command
    // The door also closes behind a guest who has come in.
    if (state.status !== 'INPROGRESS') return isLive(state) ? refused('not-now') : refused('over')
    const happened = happens(command)
    const closed = happened({ type: 'DoorClosed', data: { atMs, eventId } })
    const isLast = state.sessionEndedAtMs !== null && atMs >= state.sessionEndedAtMs
    return atDoor(state, command, [
      closed,
      ...(isLast ? completed(state, state.sessionEndedAtMs ?? atMs, happened) : []),
    ])
  },
  AdvanceBooking(state, _, nowMs) {
    const happened = happens({ actor: platform })
    if (state.status === 'PENDING' && nowMs >= state.payByMs)
      return [
        happened({ type: 'BookingExpired', data: null }),
        happened({ type: 'BookingCancelled', data: { reason: 'it was not paid in time' } }),
      ]
    if (state.status === 'CONFIRMED' && nowMs >= state.endMs)
      return state.admittedAtMs === null
        ? [happened({ type: 'BookingNoShow', data: null })]
        : [
            happened({ type: 'BookingReconciled', data: { missing: 'OPEN_DOOR' } }),
            happened({
              type: 'SessionStarted',
              data: { atMs: state.admittedAtMs, eventId: admissionOf(state) },
            }),
          ]
    if (state.status === 'CONFIRMED') return isToBeReminded(state, nowMs) ? [happened(startingSoon)] : []
    return state.status === 'INPROGRESS' ? advanced(state, nowMs, happened) : []
  },
}

const startingSoon = { type: 'BookingStartingSoon', data: null } as const
/** Late, too, when nothing could be told in time: until the end, its guest may still come. */
const isToBeReminded = ({ remindAtMs }: Booking, nowMs: number): boolean =>
  remindAtMs !== null && nowMs >= remindAtMs

function advanced(
  state: Booking,
  nowMs: number,
  happened: (body: Pick<BookingEvent, 'data' | 'type'>) => BookingEvent,
): readonly BookingEvent[] {
  const closed = (missing: string): readonly BookingEvent[] => [
    happened({ type: 'BookingReconciled', data: { missing } }),
    ...completed(state, state.sessionEndedAtMs ?? seenInUntilMs(state), happened),
  ]
  if (state.sessionEndedAtMs !== null && nowMs >= state.sessionEndedAtMs + doorClosesMs)
    return closed('CLOSE_DOOR')
  if (nowMs >= state.endMs + lateEndMs) return closed('SESSION_END')
  if (nowMs >= state.endMs && state.overstayedAtMs === null && state.sessionEndedAtMs === null)
    return [happened({ type: 'BookingOverstayed', data: null })]
  const isNearlyOver = nowMs >= state.endMs - remindBeforeMs && nowMs < state.endMs
  return isNearlyOver && state.remindedAtMs === null
    ? [happened({ type: 'SessionEndingSoon', data: null })]
    : []
}

/** Who was not seen to leave is taken to have stayed as long as anybody waits for it; if nobody watched at the end, until then. */
const seenInUntilMs = ({ endMs, overstayedAtMs }: Booking): number =>
  overstayedAtMs === null ? endMs : endMs + lateEndMs

/** What stands for the event with which the door should have told of its guest. */
const admissionOf = ({ id }: Pick<Booking, 'id'>): string => `admitted/${id}`

/** The guest has left at this time, by the pod's clock or by ours. */
function completed(
  state: Booking,
  leftAtMs: number,
  happened: (body: Pick<BookingEvent, 'data' | 'type'>) => BookingEvent,
): readonly BookingEvent[] {
  const end = happened({ type: 'BookingCompleted', data: null })
  const { overstay } = state
  // Of whom the door has told nothing nobody knows how long he stayed.
  if (overstay === null || state.heard.includes(admissionOf(state))) return [end]
  const overMs = leftAtMs - state.endMs - overstay.graceMs
  const overstayCredits = Math.ceil(Math.max(0, overMs) / overstay.slotMs) * overstay.creditsPerSlot
  if (overstayCredits === 0) return [end]
  const minutes = Math.ceil((leftAtMs - state.endMs) / 60_000)
  return [happened({ type: 'OverstayDue', data: { minutes, overstayCredits } }), end]
}

/** Begins the session, unless it has begun; what should have been told before is noted as missing. */
function started(
  state: Booking,
  command: AtDoor & By & { readonly type: string },
  missed: readonly string[],
): readonly BookingEvent[] {
  if (state.status === 'INPROGRESS') return []
  const { atMs, eventId } = command
  const happened = happens(command)
  return [
    ...missed.map((missing) => happened({ type: 'BookingReconciled', data: { missing } })),
    happened({ type: 'SessionStarted', data: { atMs, eventId } }),
  ]
}

/** What the door tells counts once, of a booking that is paid, and in its time. */
function atDoor(state: Booking, { atMs, eventId }: AtDoor, events: readonly BookingEvent[]): Verdict {
  if (state.heard.includes(eventId)) return []
  if (state.status === 'PENDING') return refused('not-now')
  if (!isLive(state) && state.status !== 'NOSHOW') return refused('over')
  const isInTime = atMs >= state.startMs - doorOpensEarlyMs && atMs < state.endMs + lateEndMs
  const mayBegin = state.status === 'INPROGRESS' || atMs < state.endMs
  return isInTime && mayBegin ? events : refused('not-now')
}
