import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as schedulesDomain } from '../../schedules/domain.ts'
import { noSuchSchedule, refusalOf } from '../../schedules/operations/parts.ts'
import { changedBy, changedScheduleBody, compatScheduleView, viewCompat } from '../schedule-body.ts'

export const operation = defineOperation({
  id: 'compatUpdateSchedule',
  method: 'put',
  path: '/api/schedule/:scheduleId',
  tag: 'schedules',
  summary: 'Change a schedule; what is left out stays as it is',
  access: 'modules:iot:schedules:update',
  needs: { schedules: schedulesDomain },
  params: z.object({ scheduleId: z.string() }),
  body: changedScheduleBody,
  responses: {
    200: { description: 'As it is now', schema: z.object({ schedule: compatScheduleView }) },
  },
  async handle({ body, orgId, params: { scheduleId } }, { schedules }) {
    const schedule = await schedules.get(orgId, scheduleId)
    if (schedule === undefined) return noSuchSchedule()
    const saved = await schedules.change(orgId, scheduleId, changedBy(schedule, body))
    return saved.kind === 'saved' ? reply(200, { schedule: viewCompat(saved.schedule) }) : refusalOf(saved)
  },
})
