import type { Collection } from '../platform/store/port.ts'
import { type Booking, type BookingDocument, liveStatuses } from './booking.ts'
import { doorOpensEarlyMs, lateEndMs } from './booking-times.ts'

const soonest = [{ path: 'startMs', direction: 'ascending' }] as const

/** Those of the pod whose guests may be at its door at this instant, the one in it before others. */
export async function findAtDoor(
  bookings: Collection<BookingDocument>,
  podId: string,
  atMs: number,
): Promise<readonly BookingDocument[]> {
  const { items } = await bookings.find(
    {
      podId,
      status: { $in: [...liveStatuses] },
      startMs: { $lte: atMs + doorOpensEarlyMs },
      endMs: { $gt: atMs - lateEndMs },
    },
    { sort: soonest, limit: 20 },
  )
  const isIn = ({ status }: Booking): number => (status === 'INPROGRESS' ? 0 : 1)
  return items.map(({ document }) => document).sort((a, b) => isIn(a) - isIn(b))
}

/** Those of the pod that are paid and not over, which have a code for its door; the soonest. */
export async function findWithCode(
  bookings: Collection<BookingDocument>,
  podId: string,
  nowMs: number,
  limit: number,
): Promise<readonly BookingDocument[]> {
  const { items } = await bookings.find(
    { podId, status: { $in: ['CONFIRMED', 'INPROGRESS'] }, endMs: { $gt: nowMs } },
    { sort: soonest, limit },
  )
  return items.map(({ document }) => document)
}
