import type { EventBody } from '../platform/kit/events/event.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Booking, BookingChange } from './booking.ts'

export type NewBooking = Pick<
  Booking,
  | 'bufferMs'
  | 'cancellation'
  | 'credits'
  | 'endMs'
  | 'id'
  | 'overstay'
  | 'payByMs'
  | 'podId'
  | 'reminderMs'
  | 'startMs'
  | 'userId'
>

interface DataOf {
  BookingCreated: NewBooking
  PaymentRequested: { readonly credits: number }
  BookingConfirmed: { readonly credits: number }
  BookingExpired: null
  BookingCancelled: { readonly reason: string }
  RefundRequested: { readonly percent: number; readonly reason: string }
  RefundCompleted: { readonly credits: number }
  AccessCodeIssued: null
  BookingChangeRequested: BookingChange
  BookingChangeRefused: { readonly n: number; readonly reason: string }
  BookingExtended: BookingChange
  BookingMoved: BookingChange & {
    readonly fromPodId: string
    readonly fromStartMs: number
    readonly fromEndMs: number
  }
  /** It begins soon, and its guest is not there yet. */
  BookingStartingSoon: null
  SessionStarted: { readonly atMs: number; readonly eventId: string }
  SessionEndingSoon: null
  SessionEnded: { readonly atMs: number; readonly eventId: string }
  DoorClosed: { readonly atMs: number; readonly eventId: string }
  /** The code of its guest was taken, and the door told to open. */
  GuestAdmitted: { readonly atMs: number; readonly eventId: string }
  BookingOverstayed: null
  /** What that comes to, once it is over. */
  OverstayDue: { readonly minutes: number; readonly overstayCredits: number }
  /** What the door should have told and did not. */
  BookingReconciled: { readonly missing: string }
  BookingCompleted: null
  BookingNoShow: null
}

export type BookingEvent = {
  readonly [T in keyof DataOf]: {
    readonly type: T
    readonly data: DataOf[T]
    /** Whose doing it is. */
    readonly actor: string
    readonly causationId?: string
  }
}[keyof DataOf]

export type DataOfEvent<T extends BookingEvent['type']> = DataOf[T]

/** As others are told of it, under the names that apps know. */
export function announceBooking(
  { actor, causationId, data, type }: BookingEvent,
  booking: Booking,
): EventBody {
  const about = {
    bookingId: booking.id,
    podId: booking.podId,
    userId: booking.userId,
    credits: booking.credits,
    start: toIsoTime(booking.startMs),
    end: toIsoTime(booking.endMs),
    status: booking.status,
    actor,
  }
  return {
    type: names[type] ?? type,
    data: { ...about, ...(data === null ? {} : data) },
    ...(causationId === undefined ? {} : { causationId }),
  }
}

const names: Readonly<Partial<Record<BookingEvent['type'], string>>> = {
  PaymentRequested: 'BOOKING.NEW',
  RefundRequested: 'BOOKING.USERCANCELLED',
}
