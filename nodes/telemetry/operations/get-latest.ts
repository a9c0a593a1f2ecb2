import { z } from 'zod'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { readingView } from '../reading-view.ts'

const latestView = readingView.omit({ ingestTs: true }).extend({ name: z.string(), unit: z.string() })

export const operation = defineOperation({
  id: 'getLatest',
  method: 'get',
  path: '/api/v1/devices/:id/latest',
  tag: 'history',
  summary: 'The newest reading of each port',
  access: 'modules:iot:readings:read',
  params: z.object({ id: z.string() }),
  responses: {
    200: { description: 'One item for each port that ever reported', schema: listOf(latestView) },
  },
  needs: { ...kit('latest'), devices: devicesDomain },
  async handle({ params, orgId }, { devices, latest }) {
    const record = ownDevice(devices, orgId, params.id)
    if (record === undefined) return noSuchDevice()
    const values = await latest.of(orgId, params.id)
    return reply(200, {
      items: values.map(({ port, ts, rawValue, calibratedValue, quality }) => ({
        port,
        name: record.ports[port]?.name ?? `port ${port}`,
        unit: record.ports[port]?.unit ?? '',
        ts: toIsoTime(ts),
        rawValue,
        calibratedValue,
        quality,
      })),
    })
  },
})
