import type { Collection } from '../platform/store/port.ts'
import { type Booking, type BookingDocument, codedStatuses, liveStatuses } from './booking.ts'
import { doorOpensEarlyMs, lateEndMs } from './booking-times.ts'

const soonest = [{ path: 'startMs', direction: 'ascending' }] as const

/** Those of the pod whose guests may be, or have been, at its door at this instant: the one in it before others, who never came last. */
export async function findAtDoor(
  bookings: Collection<BookingDocument>,
  podId: string,
  atMs: number,
): Promise<readonly BookingDocument[]> {
  const { items } = await bookings.find(
    {
      podId,
      status: { $in: [...liveStatuses, 'NOSHOW'] },
      startMs: { $lte: atMs + doorOpensEarlyMs },
      endMs: { $gt: atMs - lateEndMs },
    },
    { sort: soonest, limit: 20 },
  )
  const rank = ({ status }: Booking): number => (status === 'INPROGRESS' ? 0 : status === 'NOSHOW' ? 2 : 1)
  return items.map(({ document }) => document).sort((a, b) => rank(a) - rank(b))
}

/** Those of the pod that are paid and not over, which have a code for its door; the soonest. */
export async function findWithCode(
  bookings: Collection<BookingDocument>,
  podId: string,
  nowMs: number,
  limit: number,
): Promise<readonly BookingDocument[]> {
  const { items } = await bookings.find(
    { podId, status: { $in: [...codedStatuses] }, endMs: { $gt: nowMs } },
    { sort: soonest, limit },
  )
  return items.map(({ document }) => document)
}
