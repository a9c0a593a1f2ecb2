import { z } from 'zod'
import { happenedView, viewHappened } from '../booking.ts'
import { domain } from '../domain.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchBooking, ownBooking } from './parts.ts'

export const operation = defineOperation({
  id: 'listBookingEvents',
  method: 'get',
  path: '/api/v1/bookings/:id/events',
  tag: 'bookings',
  summary: 'All that has happened to a booking, in order; what it is follows from that',
  access: 'modules:booking:bookings:read',
  ownership: 'modules:booking:own-bookings:read',
  needs: { booking: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'Its events', schema: listOf(happenedView) } },
  async handle(request, { booking: { bookings } }) {
    const booking = await ownBooking(bookings, request, request.params.id)
    return booking === undefined ? noSuchBooking() : reply(200, { items: booking.history.map(viewHappened) })
  },
})
