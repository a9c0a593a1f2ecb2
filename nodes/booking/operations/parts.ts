import { z } from 'zod'
import type { BookingDocument } from '../booking.ts'
import type { Changed } from '../booking-changes.ts'
import type { Booked, Bookings } from '../bookings.ts'
import { type OperationRequest, refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'

export const noSuchPod = (): WholeOutcome => refuse(problem(404, 'no such pod'))
export const noSuchBooking = (): WholeOutcome => refuse(problem(404, 'no such booking'))

export const instantSchema = z.iso.datetime({ offset: true })
export const msOf = (time: string): number => parseIsoTime(time)

/** The booking, when the caller may act on it. */
export async function ownBooking(
  bookings: Pick<Bookings, 'get'>,
  { orgId, ownerId }: Pick<OperationRequest<unknown, unknown, unknown>, 'orgId' | 'ownerId'>,
  id: string,
): Promise<BookingDocument | undefined> {
  const booking = await bookings.get(orgId, id)
  return ownerId === undefined || booking?.userId === ownerId ? booking : undefined
}

export function refusalOf(
  outcome: Exclude<Booked, { readonly kind: 'booked' }> | Exclude<Changed, { readonly kind: 'changed' }>,
): WholeOutcome {
  if (outcome.kind === 'refused') return refuse(problem(409, refusals[outcome.refusal]))
  if (outcome.kind === 'wrong') return refuse(invalid(`body.${outcome.path}`, outcome.message))
  return fixed[outcome.kind]()
}

const fixed = {
  missing: noSuchBooking,
  'no-pod': () => refuse(invalid('body.podId', 'there is no such pod')),
  taken: () => refuse(conflict('body.start', 'The pod is taken at that time.')),
  'too-few-credits': () =>
    refuse(problem(409, 'There are too few credits for it.', undefined, 'too-few-credits')),
} as const

export const refusals = {
  missing: 'There is no such booking.',
  exists: 'There is such a booking already.',
  over: 'The booking is over, or has begun.',
  'not-now': 'The booking is not in a state for that.',
  busy: 'Another change of the booking is under way.',
  changed: 'The booking has been changed meanwhile.',
} as const
