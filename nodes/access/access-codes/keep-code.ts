import { z } from 'zod'
import type { Bookings } from '../../booking/bookings.ts'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import type { Access } from '../access.ts'

const aboutSchema = z.object({
  bookingId: z.string(),
  podId: z.string().optional(),
  fromPodId: z.string().optional(),
})

/** As the booking is by now: it has a code, or had one, and the locks know. Tells whether it has. */
export async function keepCode(
  { codes, locks }: Pick<Access, 'codes' | 'locks'>,
  bookings: Pick<Bookings, 'get' | 'handle'>,
  { data, id: causationId, orgId }: DomainEvent,
): Promise<boolean> {
  const { bookingId, fromPodId, podId } = aboutSchema.parse(data)
  const booking = await bookings.get(orgId, bookingId)
  const hasCode = (await codes.issue(orgId, bookingId)) !== undefined
  if (hasCode) {
    await bookings.handle(orgId, bookingId, { type: 'NoteCode', actor: 'access', causationId })
  } else await codes.retire(orgId, bookingId)
  for (const id of new Set([booking?.podId, podId, fromPodId]))
    if (id !== undefined) await locks.keep(orgId, id)
  return hasCode
}
