import { z } from 'zod'
import { doorOpensEarlyMs } from '../../booking/booking-times.ts'
import { domain as bookingDomain } from '../../booking/domain.ts'
import { noSuchBooking, ownBooking } from '../../booking/operations/parts.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'

export const operation = defineOperation({
  id: 'getAccessCode',
  method: 'get',
  path: '/api/v1/bookings/:id/access-code',
  tag: 'access',
  summary: 'The code that opens the door, for the owner of the booking only',
  access: 'modules:booking:bookings:read',
  ownership: 'modules:booking:own-bookings:read',
  needs: { access: domain, booking: bookingDomain },
  params: z.object({ id: z.string() }),
  responses: {
    200: {
      description: 'The code, and from when until when it opens the door',
      schema: z.object({
        code: z.string(),
        validFrom: z.iso.datetime(),
        validUntil: z.iso.datetime(),
      }),
    },
  },
  async handle(request, { access, booking: { bookings } }) {
    const { orgId, params } = request
    const booking = await ownBooking(bookings, request, params.id)
    if (booking === undefined) return noSuchBooking()
    if (booking.userId !== userIdOf(request))
      return refuse(problem(403, 'a code is shown to the owner of its booking only'))
    const issued = await access.access.codes.issue(orgId, params.id)
    if (issued === undefined)
      return refuse(problem(409, 'There is a code while a booking is confirmed and not over.'))
    return reply(
      200,
      {
        code: issued.code,
        validFrom: toIsoTime(booking.startMs - doorOpensEarlyMs),
        validUntil: toIsoTime(booking.endMs),
      },
      { 'cache-control': 'no-store' },
    )
  },
})
