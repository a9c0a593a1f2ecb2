import { z } from 'zod'
import { wholeNumber } from '../../platform/kit/endpoints/number-in-text.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { periodOf, periodQuery } from '../../telemetry/period.ts'

const figure = z.number()

export const operation = defineOperation({
  id: 'compatGetStatistics',
  method: 'get',
  path: '/api/device/:deviceId/statistics',
  tag: 'history',
  summary:
    'What each port of a device measured in a period (default: the last 24 hours), or the one that is named',
  access: 'modules:iot:readings:read',
  params: z.object({ deviceId: z.string() }),
  query: periodQuery.extend({ port: wholeNumber(z.int().min(0).max(1023).optional()) }),
  responses: {
    200: {
      description: 'One item for each port that measured something',
      schema: listOf(
        z.object({
          port: z.int(),
          name: z.string(),
          unit: z.string(),
          count: z.int(),
          min: figure,
          max: figure,
          avg: figure,
          p50: figure,
          p95: figure,
        }),
      ),
    },
  },
  needs: { ...kit('clock', 'series'), devices: devicesDomain },
  async handle({ orgId, params: { deviceId }, query }, { clock, devices, series }) {
    const record = ownDevice(devices, orgId, deviceId)
    if (record === undefined) return noSuchDevice()
    const period = periodOf(query, clock.nowMs())
    if ('refusal' in period) return period.refusal
    const items: object[] = []
    for (const described of record.ports) {
      if (described === undefined || (query.port !== undefined && described.port !== query.port)) continue
      const { name, port, unit } = described
      // One port at a time, so that a device with many does not hold everybody else up.
      const summary = await series.summary({ orgId, deviceId, port, ...period })
      if (summary !== undefined) items.push({ port, name, unit, ...summary })
    }
    return reply(200, { items })
  },
})
