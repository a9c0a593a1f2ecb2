import { z } from 'zod'
import { domain } from '../domain.ts'
import { scheduleView, viewSchedule } from '../schedule.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { refusalOf, scheduleBody, wantedOf } from './parts.ts'

export const operation = defineOperation({
  id: 'updateSchedule',
  method: 'put',
  path: '/api/v1/schedules/:id',
  tag: 'schedules',
  summary: 'Change a schedule, or switch it on or off; it takes effect at once',
  access: 'modules:iot:schedules:update',
  needs: { schedules: domain },
  params: z.object({ id: z.string() }),
  body: scheduleBody,
  responses: {
    200: { description: 'The schedule as it is now', schema: z.object({ schedule: scheduleView }) },
  },
  async handle({ body, orgId, params }, { schedules }) {
    const saved = await schedules.change(orgId, params.id, wantedOf(body))
    return saved.kind === 'saved' ? reply(200, { schedule: viewSchedule(saved.schedule) }) : refusalOf(saved)
  },
})
