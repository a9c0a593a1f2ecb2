import { z } from 'zod'
import { domain } from '../domain.ts'
import { scheduleView, viewSchedule } from '../schedule.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchSchedule } from './parts.ts'

export const operation = defineOperation({
  id: 'getSchedule',
  method: 'get',
  path: '/api/v1/schedules/:id',
  tag: 'schedules',
  summary: 'One schedule',
  access: 'modules:iot:schedules:read',
  needs: { schedules: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The schedule', schema: z.object({ schedule: scheduleView }) } },
  async handle({ orgId, params }, { schedules }) {
    const schedule = await schedules.get(orgId, params.id)
    return schedule === undefined ? noSuchSchedule() : reply(200, { schedule: viewSchedule(schedule) })
  },
})
