import { z } from 'zod'
import { bookingView, viewBooking } from '../booking.ts'
import { domain } from '../domain.ts'
import { isUserOf } from '../../billing/is-user-of.ts'
import { domain as identityDomain } from '../../identity/domain.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { once } from '../../platform/kit/endpoints/idempotency.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf, userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { instantSchema, msOf, refusalOf } from './parts.ts'

const id = 'createBooking'

export const operation = defineOperation({
  id,
  method: 'post',
  path: '/api/v1/bookings',
  tag: 'bookings',
  summary: 'Book a pod; it is confirmed when it is paid, which shows a moment later',
  access: 'modules:booking:bookings:create',
  ownership: 'modules:booking:own-bookings:create',
  isOncePerKey: true,
  needs: { ...kit('clock', 'secrets', 'store'), booking: domain, identity: identityDomain },
  body: z.strictObject({
    podId: z.string().min(1).max(64),
    start: instantSchema,
    end: instantSchema,
    /** For whom; whoever calls by default. */
    userId: z.string().min(1).max(200).optional(),
  }),
  responses: {
    201: { description: 'The time is taken', schema: z.object({ booking: bookingView }) },
  },
  handle: (request, { booking, identity, ...parts }) =>
    once(parts, id, request, async (bookingId) => {
      const { body, orgId, ownerId } = request
      const userId = body.userId ?? userIdOf(request)
      if (userId === undefined) return refuse(invalid('body.userId', 'is needed: for whom it is'))
      if (ownerId !== undefined && ownerId !== userId)
        return refuse(problem(403, 'members book for themselves'))
      if (body.userId !== undefined && !(await isUserOf(identity, orgId, userId)))
        return refuse(invalid('body.userId', 'there is no such user'))
      const booked = await booking.bookings.create(orgId, {
        id: bookingId,
        podId: body.podId,
        userId,
        startMs: msOf(body.start),
        endMs: msOf(body.end),
        actor: actorOf(request),
      })
      if (booked.kind !== 'booked') return refusalOf(booked)
      const location = `/api/v1/bookings/${bookingId}`
      return reply(201, { booking: viewBooking(booked.booking) }, { location })
    }),
})
