import { z } from 'zod'
import { bookingView, viewBooking } from '../booking.ts'
import { bookingAt } from '../booking-evolve.ts'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { instantSchema, msOf, noSuchBooking, ownBooking } from './parts.ts'

export const operation = defineOperation({
  id: 'getBooking',
  method: 'get',
  path: '/api/v1/bookings/:id',
  tag: 'bookings',
  summary: 'A booking; with `at` as it was at that time',
  access: 'modules:booking:bookings:read',
  ownership: 'modules:booking:own-bookings:read',
  needs: { booking: domain },
  params: z.object({ id: z.string() }),
  query: z.object({ at: instantSchema.optional() }),
  responses: { 200: { description: 'The booking', schema: z.object({ booking: bookingView }) } },
  async handle(request, { booking: { bookings } }) {
    const { at } = request.query
    const booking = await ownBooking(bookings, request, request.params.id)
    if (booking === undefined) return noSuchBooking()
    if (at === undefined) return reply(200, { booking: viewBooking(booking) })
    const then = bookingAt(booking.history, msOf(at))
    return then === undefined
      ? refuse(problem(404, 'there was no such booking then'))
      : reply(200, { booking: viewBooking(then) })
  },
})
