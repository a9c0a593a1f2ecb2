import { z } from 'zod'
import { bookingStatuses, bookingView, viewBooking } from '../booking.ts'
import { domain } from '../domain.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { instantSchema, msOf } from './parts.ts'

export const operation = defineOperation({
  id: 'listBookings',
  method: 'get',
  path: '/api/v1/bookings',
  tag: 'bookings',
  summary: 'Bookings by their start: members see their own, operators all',
  access: 'modules:booking:bookings:read',
  ownership: 'modules:booking:own-bookings:read',
  needs: { booking: domain },
  query: listQuery.extend({
    /** What is on between them: from inclusive, to exclusive. */
    from: instantSchema.optional(),
    to: instantSchema.optional(),
    podId: z.string().max(64).optional(),
    userId: z.string().max(200).optional(),
    status: z.enum(bookingStatuses).optional(),
  }),
  responses: { 200: { description: 'A page of bookings', schema: listOf(bookingView) } },
  async handle(request, { booking }) {
    const { orgId, ownerId, query } = request
    const { from, podId, status, to, userId } = query
    const own = ownerId ?? userId
    if (userId !== undefined && own !== userId) return replyPage({}, [])
    const page = await booking.bookings.list(
      orgId,
      {
        ...(own === undefined ? {} : { userId: own }),
        ...(podId === undefined ? {} : { podId }),
        ...(status === undefined ? {} : { status }),
        ...(from === undefined ? {} : { endMs: { $gt: msOf(from) } }),
        ...(to === undefined ? {} : { startMs: { $lt: msOf(to) } }),
      },
      query,
    )
    return replyPage(
      page,
      page.items.map(({ document }) => viewBooking(document)),
    )
  },
})
