import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as schedulesDomain } from '../../schedules/domain.ts'
import { noSuchSchedule } from '../../schedules/operations/parts.ts'
import { compatScheduleView, viewCompat } from '../schedule-body.ts'

export const operation = defineOperation({
  id: 'compatGetSchedule',
  method: 'get',
  path: '/api/schedule/detail/:scheduleId',
  tag: 'schedules',
  summary: 'One schedule, as apps of before know it',
  access: 'modules:iot:schedules:read',
  needs: { schedules: schedulesDomain },
  params: z.object({ scheduleId: z.string() }),
  responses: { 200: { description: 'The schedule', schema: z.object({ schedule: compatScheduleView }) } },
  async handle({ orgId, params }, { schedules }) {
    const schedule = await schedules.get(orgId, params.scheduleId)
    return schedule === undefined ? noSuchSchedule() : reply(200, { schedule: viewCompat(schedule) })
  },
})
