import { z } from 'zod'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { listOf, listQuery } from '../../http/list.ts'
import { parseIsoTime, toIsoTime } from '../../platform/kit/iso-time.ts'
import { qualities } from '../reading.ts'

export const readingView = z.object({
  ts: z.iso.datetime(),
  port: z.int(),
  rawValue: z.number(),
  calibratedValue: z.number(),
  quality: z.enum(qualities),
  ingestTs: z.iso.datetime(),
})

const instant = z.iso.datetime({ offset: true })

export const operation = defineOperation({
  id: 'listReadings',
  method: 'get',
  path: '/api/v1/devices/:id/readings',
  tag: 'history',
  summary: 'Readings of a device in a time range, by time',
  access: 'modules:iot:readings:read',
  params: z.object({ id: z.string() }),
  query: listQuery.extend({
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
    port: z.coerce.number().int().min(0).max(1023).optional(),
    /** Default: the last 24 hours. */
    from: instant.optional(),
    /** Exclusive. Default: the end of what there is. */
    to: instant.optional(),
    order: z.enum(['ascending', 'descending']).default('ascending'),
  }),
  responses: { 200: { description: 'A page of readings', schema: listOf(readingView) } },
  async handle({ params, query, orgId }, platform) {
    if (ownDevice(platform, orgId, params.id) === undefined) return noSuchDevice()
    // A clock that runs ahead is tolerated on the way in, so that what it wrote must be found again here.
    const toMs = query.to === undefined ? platform.clock.nowMs() + 86_400_000 : parseIsoTime(query.to)
    const fromMs = query.from === undefined ? toMs - 2 * 86_400_000 : parseIsoTime(query.from)
    if (fromMs > toMs)
      return refuse(
        problem(400, 'query.from: is after query.to', [{ path: 'query.from', message: 'is after query.to' }]),
      )
    const page = await platform.series.range({
      orgId,
      deviceId: params.id,
      ...(query.port === undefined ? {} : { port: query.port }),
      fromMs,
      toMs,
      direction: query.order,
      limit: query.limit,
      ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
    })
    return reply(200, {
      items: page.items.map(({ ts, port, rawValue, calibratedValue, quality, ingestTs }) => ({
        ts: toIsoTime(ts),
        port,
        rawValue,
        calibratedValue,
        quality,
        ingestTs: toIsoTime(ingestTs),
      })),
      ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
    })
  },
})
