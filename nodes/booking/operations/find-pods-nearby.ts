import { z } from 'zod'
import { wholeNumber } from '../../platform/kit/endpoints/number-in-text.ts'
import { isFreeFor } from '../availability.ts'
import { domain } from '../domain.ts'
import { podView, viewPod } from '../pod.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { unreadable } from '../../platform/kit/endpoints/problem.ts'
import { instantSchema, msOf } from './parts.ts'

const number = (schema: z.ZodNumber) =>
  z
    .string()
    .regex(/^-?\d+(?:\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(schema)

export const operation = defineOperation({
  id: 'findPodsNearby',
  method: 'get',
  path: '/api/v1/pods/nearby',
  tag: 'pods',
  summary: 'Pods around a place, the nearest first; with `from` and `to` whether each is free then',
  access: 'modules:booking:pods:read',
  needs: { booking: domain },
  query: z.object({
    latitude: number(z.number().min(-90).max(90)),
    longitude: number(z.number().min(-180).max(180)),
    radiusMeters: number(z.number().min(1).max(100_000)).default(5000),
    from: instantSchema.optional(),
    to: instantSchema.optional(),
    limit: wholeNumber(z.int().min(1).max(200).default(50)),
  }),
  responses: {
    200: {
      description: 'Those within the radius',
      schema: z.object({
        items: z.array(
          z.object({ pod: podView, distanceMeters: z.number(), isFree: z.boolean().optional() }),
        ),
      }),
    },
  },
  async handle({ orgId, query }, { booking }) {
    const { from, latitude, limit, longitude, radiusMeters, to } = query
    if ((from === undefined) !== (to === undefined))
      return refuse(unreadable(from === undefined ? 'query.from' : 'query.to', 'is needed with the other'))
    const found = await booking.pods.near(orgId, { latitude, longitude }, radiusMeters, limit)
    const span = from === undefined || to === undefined ? undefined : { startMs: msOf(from), endMs: msOf(to) }
    if (span !== undefined && !(span.startMs < span.endMs))
      return refuse(unreadable('query.to', 'is not after query.from'))
    const { calendars } = booking.bookings
    const items = await Promise.all(
      found.map(async ({ distanceMeters, pod }) => {
        const view = viewPod(pod)
        if (span === undefined) return { pod: view, distanceMeters }
        return { pod: view, distanceMeters, isFree: await isFreeFor(calendars, orgId, pod, span) }
      }),
    )
    return reply(200, { items })
  },
})
