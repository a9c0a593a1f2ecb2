import { z } from 'zod'
import type { Bookings } from '../../booking/bookings.ts'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import type { AccessCodes } from '../access-codes.ts'

const aboutSchema = z.object({ bookingId: z.string() })

/** As the booking is by now: it has a code, or had one. Tells whether it has. */
export async function keepCode(
  codes: AccessCodes,
  bookings: Pick<Bookings, 'get' | 'handle'>,
  { data, id: causationId, orgId }: DomainEvent,
): Promise<boolean> {
  const { bookingId } = aboutSchema.parse(data)
  const booking = await bookings.get(orgId, bookingId)
  if (booking?.status !== 'CONFIRMED' && booking?.status !== 'INPROGRESS') {
    await codes.retire(orgId, bookingId)
    return false
  }
  await codes.issue(orgId, booking)
  await bookings.handle(orgId, bookingId, { type: 'NoteCode', actor: 'access', causationId })
  return true
}
