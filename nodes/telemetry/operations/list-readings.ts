import { z } from 'zod'
import { wholeNumber } from '../../platform/kit/endpoints/number-in-text.ts'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { bindCursor, openCursor } from '../../platform/kit/endpoints/bound-cursor.ts'
import { listOf, listQuery } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { unreadable } from '../../platform/kit/endpoints/problem.ts'
import type { BucketWidth } from '../../platform/series/port.ts'
import { periodOf, periodQuery } from '../period.ts'
import { qualityQuery, zoneQuery } from '../history-query.ts'
import { bucketView, readingView, toBucketView, toReadingView } from '../reading-view.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'

const hourMs = 3_600_000
/** How far back to go when the caller does not say: what fits on one page. */
const spansMs: Readonly<Record<BucketWidth, number>> = {
  '1m': 12 * hourMs,
  '5m': 48 * hourMs,
  '1h': 30 * 24 * hourMs,
  '1d': 366 * 24 * hourMs,
}

export const operation = defineOperation({
  id: 'listReadings',
  method: 'get',
  path: '/api/v1/devices/:id/readings',
  tag: 'history',
  summary: 'Readings of a device in a time range, by time; or, with `bucket`, what was measured in each',
  access: 'modules:iot:readings:read',
  params: z.object({ id: z.string() }),
  query: listQuery.extend(periodQuery.shape).extend({
    limit: wholeNumber(z.int().min(1).max(10_000).default(1000)),
    port: wholeNumber(z.int().min(0).max(1023).optional()),
    order: z.enum(['ascending', 'descending']).default('ascending'),
    /** Needs `port`. */
    bucket: z.enum(['1m', '5m', '1h', '1d']).optional(),
    timeZone: zoneQuery,
    quality: qualityQuery,
  }),
  responses: {
    200: { description: 'A page of readings or buckets', schema: listOf(z.union([readingView, bucketView])) },
  },
  needs: { ...kit('clock', 'series'), devices: devicesDomain },
  async handle({ params, query, orgId }, { clock, devices, series }) {
    if (ownDevice(devices, orgId, params.id) === undefined) return noSuchDevice()
    const { port, bucket, order, limit, timeZone, quality } = query
    const spanMs = bucket === undefined ? undefined : spansMs[bucket]
    const period = periodOf(query, clock.nowMs(), spanMs)
    if ('refusal' in period) return period.refusal
    const question = [orgId, params.id, port, query.from, query.to, order, bucket, timeZone, quality]
    const opened = query.cursor === undefined ? undefined : openCursor(query.cursor, question)
    const { fromMs, toMs } = opened ?? period
    const counting = quality === undefined ? {} : { qualities: quality }
    const device = { orgId, deviceId: params.id, fromMs, toMs, limit, ...counting }
    const cursor = opened === undefined ? {} : { cursor: opened.inner }
    const next = (inner: string | undefined): { nextCursor?: string } =>
      inner === undefined ? {} : { nextCursor: bindCursor({ inner, fromMs, toMs }, question) }

    if (bucket === undefined) {
      if (timeZone !== undefined)
        return refuse(unreadable('query.timeZone', 'is needed with query.bucket alone: times are UTC'))
      const onPort = port === undefined ? {} : { port }
      const page = await series.range({ ...device, ...onPort, ...cursor, direction: order })
      return reply(200, { items: page.items.map(toReadingView), ...next(page.nextCursor) })
    }
    if (port === undefined)
      return refuse(
        unreadable('query.port', 'is needed with query.bucket: values of different ports have no average'),
      )
    if (order === 'descending') return refuse(unreadable('query.order', 'buckets come ascending'))
    const inZone = timeZone === undefined ? {} : { timeZone }
    const page = await series.buckets({ ...device, ...cursor, port, width: bucket, ...inZone })
    return reply(200, { items: page.items.map(toBucketView), ...next(page.nextCursor) })
  },
})
