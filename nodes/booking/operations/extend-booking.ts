import { z } from 'zod'
import { bookingView, viewBooking } from '../booking.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf } from '../../platform/kit/endpoints/owner.ts'
import { instantSchema, msOf, noSuchBooking, ownBooking, refusalOf } from './parts.ts'

export const operation = defineOperation({
  id: 'extendBooking',
  method: 'post',
  path: '/api/v1/bookings/:id/extend',
  tag: 'bookings',
  summary: 'Stay longer, if nobody else has the time; its owner pays for it at once',
  access: 'modules:booking:bookings:update',
  ownership: 'modules:booking:own-bookings:update',
  needs: { booking: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({ end: instantSchema }),
  responses: { 200: { description: 'It is extended', schema: z.object({ booking: bookingView }) } },
  async handle(request, { booking: { bookings } }) {
    const { body, orgId, params } = request
    if ((await ownBooking(bookings, request, params.id)) === undefined) return noSuchBooking()
    const wanted = { kind: 'extend', endMs: msOf(body.end) } as const
    const changed = await bookings.changes.make(orgId, params.id, wanted, actorOf(request))
    return changed.kind === 'changed'
      ? reply(200, { booking: viewBooking(changed.booking) })
      : refusalOf(changed)
  },
})
