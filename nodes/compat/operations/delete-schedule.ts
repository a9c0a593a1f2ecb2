import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as schedulesDomain } from '../../schedules/domain.ts'
import { noSuchSchedule } from '../../schedules/operations/parts.ts'

export const operation = defineOperation({
  id: 'compatDeleteSchedule',
  method: 'delete',
  path: '/api/schedule/:scheduleId',
  tag: 'schedules',
  summary: 'Remove a schedule; what it has begun is ended',
  access: 'modules:iot:schedules:delete',
  needs: { schedules: schedulesDomain },
  params: z.object({ scheduleId: z.string() }),
  responses: { 204: { description: 'It is gone' } },
  async handle({ orgId, params: { scheduleId } }, { schedules }) {
    return (await schedules.remove(orgId, scheduleId)) ? reply(204) : noSuchSchedule()
  },
})
