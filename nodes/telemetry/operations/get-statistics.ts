import { z } from 'zod'
import { wholeNumber } from '../../platform/kit/endpoints/number-in-text.ts'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { qualityQuery } from '../history-query.ts'
import { periodOf, periodQuery } from '../period.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'

const figure = z.number().nullable()
/** All but `count` null when nothing was measured. */
const statisticsView = z.object({
  count: z.int(),
  min: figure,
  max: figure,
  avg: figure,
  p50: figure,
  p95: figure,
})
const nothing: z.output<typeof statisticsView> = {
  count: 0,
  min: null,
  max: null,
  avg: null,
  p50: null,
  p95: null,
}

export const operation = defineOperation({
  id: 'getStatistics',
  method: 'get',
  path: '/api/v1/devices/:id/statistics',
  tag: 'history',
  summary:
    'What a port measured in a period (default: the last 24 hours); percentiles are exact, by nearest rank',
  access: 'modules:iot:readings:read',
  params: z.object({ id: z.string() }),
  query: periodQuery.extend({ port: wholeNumber(z.int().min(0).max(1023)), quality: qualityQuery }),
  responses: {
    200: {
      description: 'Of calibrated values; of any quality, unless `quality` names those that count',
      schema: statisticsView,
    },
  },
  needs: { ...kit('clock', 'series'), devices: devicesDomain },
  async handle({ params, query, orgId }, { clock, devices, series }) {
    if (ownDevice(devices, orgId, params.id) === undefined) return noSuchDevice()
    const period = periodOf(query, clock.nowMs())
    if ('refusal' in period) return period.refusal
    const summary = await series.summary({
      orgId,
      deviceId: params.id,
      port: query.port,
      ...period,
      ...(query.quality === undefined ? {} : { qualities: query.quality }),
    })
    return reply(200, summary ?? nothing)
  },
})
