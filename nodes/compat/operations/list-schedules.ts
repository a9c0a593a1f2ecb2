import { z } from 'zod'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as schedulesDomain } from '../../schedules/domain.ts'
import { compatScheduleView, viewCompat } from '../schedule-body.ts'

export const operation = defineOperation({
  id: 'compatListSchedules',
  method: 'get',
  path: '/api/schedule/:deviceId',
  tag: 'schedules',
  summary: 'Schedules of a device, the oldest first',
  access: 'modules:iot:schedules:read',
  needs: { devices: devicesDomain, schedules: schedulesDomain },
  params: z.object({ deviceId: z.string() }),
  query: listQuery,
  responses: { 200: { description: 'A page of schedules', schema: listOf(compatScheduleView) } },
  async handle({ orgId, params: { deviceId }, query }, { devices, schedules }) {
    if (ownDevice(devices, orgId, deviceId) === undefined) return noSuchDevice()
    const page = await schedules.list(orgId, { ...query, deviceId })
    return replyPage(
      page,
      page.items.map(({ document }) => viewCompat(document)),
    )
  },
})
