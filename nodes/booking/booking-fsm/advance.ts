import { z } from 'zod'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import type { BookingOutcome } from '../booking-changes.ts'
import type { Bookings } from '../bookings.ts'

export type Advanced = 'confirmed' | 'cancelled' | 'changed' | 'unfit' | 'nothing'

const paymentSchema = z.object({ bookingId: z.string(), reason: z.string().optional() })
const refundSchema = z.object({ bookingId: z.string(), refundedCredits: z.int() })
const changeSchema = z.looseObject({ bookingId: z.string(), n: z.int(), actor: z.string() })

const billing = 'billing'

/** What an event means to the booking that it is about; one that does not fit its state changes nothing. */
export async function advance(
  bookings: Pick<Bookings, 'changes' | 'follow' | 'handle'>,
  { data, id: causationId, orgId, type }: DomainEvent,
): Promise<Advanced> {
  switch (type) {
    case 'TRANSACTION.COMPLETED': {
      const { bookingId } = paymentSchema.parse(data)
      const command = { type: 'ConfirmBooking', actor: billing, causationId } as const
      return outcomeOf(await bookings.handle(orgId, bookingId, command), 'confirmed')
    }
    case 'TRANSACTION.ERROR': {
      const { bookingId, reason = 'the payment failed' } = paymentSchema.parse(data)
      const command = { type: 'RefusePayment', reason, actor: billing, causationId } as const
      return outcomeOf(await bookings.handle(orgId, bookingId, command), 'cancelled')
    }
    case 'PaymentRefunded': {
      const { bookingId, refundedCredits: credits } = refundSchema.parse(data)
      const command = { type: 'NoteRefund', credits, actor: billing, causationId } as const
      return outcomeOf(await bookings.handle(orgId, bookingId, command), 'changed')
    }
    case 'BookingChangeRequested': {
      const { actor, bookingId, n } = changeSchema.parse(data)
      const changed = await bookings.changes.finish(orgId, bookingId, n, actor)
      return changed.kind === 'changed' ? 'changed' : 'unfit'
    }
    case 'BookingCancelled':
    case 'BookingExtended':
    case 'BookingMoved': {
      const { bookingId } = paymentSchema.parse(data)
      // oxlint-disable-next-line no-unsafe-type-assertion -- announced by a booking with the data of this type
      await bookings.follow(orgId, bookingId, { type, data: data as never })
      return type === 'BookingCancelled' ? 'cancelled' : 'changed'
    }
    default:
      return 'nothing'
  }
}

function outcomeOf(outcome: BookingOutcome, done: Advanced): Advanced {
  if (outcome.kind !== 'done') return 'unfit'
  return outcome.events.length > 0 ? done : 'nothing'
}
