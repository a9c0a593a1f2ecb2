import { z } from 'zod'
import { bookingView, viewBooking } from '../booking.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf } from '../../platform/kit/endpoints/owner.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { noSuchBooking, ownBooking, refusals } from './parts.ts'

export const operation = defineOperation({
  id: 'cancelBooking',
  method: 'post',
  path: '/api/v1/bookings/:id/cancel',
  tag: 'bookings',
  summary: 'Give a booking up before it has begun; what comes back is as the pod says',
  access: 'modules:booking:bookings:update',
  ownership: 'modules:booking:own-bookings:update',
  needs: { booking: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({ reason: z.string().max(500).optional() }).optional(),
  responses: {
    200: { description: 'It is cancelled', schema: z.object({ booking: bookingView }) },
  },
  async handle(request, { booking: { bookings } }) {
    const { body, orgId, params } = request
    if ((await ownBooking(bookings, request, params.id)) === undefined) return noSuchBooking()
    const outcome = await bookings.handle(orgId, params.id, {
      type: 'CancelBooking',
      reason: body?.reason ?? '',
      actor: actorOf(request),
    })
    if (outcome.kind === 'done') return reply(200, { booking: viewBooking(outcome.state) })
    return refuse(problem(409, outcome.kind === 'refused' ? refusals[outcome.refusal] : undefined))
  },
})
