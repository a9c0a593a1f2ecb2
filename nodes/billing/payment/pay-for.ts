import { z } from 'zod'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import type { BookingPayments } from '../booking-payments.ts'

export type Paid = 'held' | 'failed' | 'charged' | 'refunded' | 'nothing'

const aboutSchema = z.object({
  bookingId: z.string(),
  podId: z.string(),
  userId: z.string(),
  credits: z.int().min(0),
})
const changeSchema = aboutSchema.extend({ n: z.int(), extraCredits: z.int() })
const overstaySchema = aboutSchema.extend({ overstayCredits: z.int().min(0) })
const refundSchema = aboutSchema.extend({ percent: z.number(), reason: z.string(), actor: z.string() })

/** What an event of a booking, or of its payment, means to the wallet. */
export async function payFor(
  payments: BookingPayments,
  { data, id, orgId, type }: DomainEvent,
): Promise<Paid> {
  switch (type) {
    case 'BOOKING.NEW': {
      const payment = await payments.start(orgId, chargedOf(data), id)
      return payment.status === 'failed' ? 'failed' : 'held'
    }
    case 'BookingConfirmed':
      return (await payments.charge(orgId, chargedOf(data).id)) === undefined ? 'nothing' : 'charged'
    case 'BookingCancelled': {
      // One that was confirmed is refunded, by the event that follows.
      await payments.void(orgId, chargedOf(data))
      return 'nothing'
    }
    case 'BookingExtended':
    case 'BookingMoved': {
      const { bookingId, extraCredits, n } = changeSchema.parse(data)
      if (extraCredits === 0) return 'nothing'
      await payments.chargeExtra(orgId, bookingId, n, extraCredits)
      return 'charged'
    }
    case 'OverstayDue': {
      const { overstayCredits: credits, ...about } = overstaySchema.parse(data)
      const charged = { ...about, id: about.bookingId, credits }
      return (await payments.chargeOverstay(orgId, charged)) ? 'charged' : 'nothing'
    }
    case 'BOOKING.USERCANCELLED': {
      const { actor, bookingId, percent, reason } = refundSchema.parse(data)
      const outcome = await payments.refund(orgId, bookingId, { id, percent, reason, actor })
      return outcome.kind === 'done' && outcome.events.length > 0 ? 'refunded' : 'nothing'
    }
    default: {
      // An event of a payment: whoever wrote it may not have come further.
      const about = aboutSchema.safeParse(data)
      if (about.success) await payments.settle(orgId, about.data.bookingId)
      return 'nothing'
    }
  }
}

const chargedOf = (
  data: unknown,
): { readonly id: string; readonly podId: string; readonly userId: string; readonly credits: number } => {
  const { bookingId: id, ...charged } = aboutSchema.parse(data)
  return { id, ...charged }
}
