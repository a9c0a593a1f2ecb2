import { Tally } from '../platform/kit/tally.ts'
import type { Booking } from './booking.ts'
import type { BookingEvent } from './booking-event.ts'

const statuses = {
  PENDING: 'made',
  CONFIRMED: 'confirmed',
  INPROGRESS: 'begun',
  COMPLETED: 'completed',
  CANCELLED: 'cancelled',
  NOSHOW: 'noshow',
} as const satisfies Readonly<Record<Booking['status'], string>>

/** Events with which the status is another. */
const moves: ReadonlySet<BookingEvent['type']> = new Set([
  'BookingCreated',
  'BookingConfirmed',
  'SessionStarted',
  'BookingCompleted',
  'BookingCancelled',
  'BookingNoShow',
])

type Kind = (typeof statuses)[Booking['status']] | 'taken'

/** What bookings became at this instance. */
export class BookingTally extends Tally<Kind> {
  constructor() {
    super('fleetloom_bookings', {
      made: 'Bookings that were made',
      confirmed: 'Bookings that were paid and confirmed',
      begun: 'Bookings whose guests came',
      completed: 'Bookings that were completed',
      cancelled: 'Bookings that were cancelled, not paid or never finished',
      noshow: 'Bookings to which nobody came',
      taken: 'Bookings that were refused because the time was taken',
    })
  }

  noteEvents(after: Pick<Booking, 'status'>, events: readonly Pick<BookingEvent, 'type'>[]): void {
    if (events.some(({ type }) => moves.has(type))) this.noteStatus(after)
  }

  noteStatus({ status }: Pick<Booking, 'status'>): void {
    this.note(statuses[status])
  }
}
