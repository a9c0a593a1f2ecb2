import { z } from 'zod'
import { availabilityOf } from '../availability.ts'
import { domain } from '../domain.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { dateThere } from '../slots.ts'
import { noSuchPod } from './parts.ts'

const slotView = z.object({ start: z.iso.datetime(), end: z.iso.datetime(), isFree: z.boolean() })

export const operation = defineOperation({
  id: 'getAvailability',
  method: 'get',
  path: '/api/v1/pods/:id/availability',
  tag: 'pods',
  summary:
    'The slots of a day, on the clock of the pod, and which of them could be booked now; today without a date',
  access: 'modules:booking:pods:read',
  needs: { ...kit('clock'), booking: domain },
  params: z.object({ id: z.string() }),
  query: z.object({ date: z.iso.date().optional() }),
  responses: {
    200: {
      description: 'The slots that begin on the day, in order',
      schema: z.object({
        podId: z.string(),
        date: z.string(),
        timeZone: z.string(),
        slots: z.array(slotView),
      }),
    },
  },
  async handle({ orgId, params, query }, { booking, clock }) {
    const pod = await booking.pods.get(orgId, params.id)
    if (pod === undefined) return noSuchPod()
    const nowMs = clock.nowMs()
    const date = query.date ?? dateThere(pod, nowMs)
    const slots = await availabilityOf(booking.bookings.calendars, orgId, pod, date, nowMs)
    return reply(200, {
      podId: pod.id,
      date,
      timeZone: pod.timeZone,
      slots: slots.map(({ endMs, isFree, startMs }) => ({
        start: toIsoTime(startMs),
        end: toIsoTime(endMs),
        isFree,
      })),
    })
  },
})
