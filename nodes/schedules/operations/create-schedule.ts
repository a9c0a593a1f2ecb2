import { z } from 'zod'
import { domain } from '../domain.ts'
import { scheduleView, viewSchedule } from '../schedule.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { refusalOf, scheduleBody, wantedOf } from './parts.ts'

export const operation = defineOperation({
  id: 'createSchedule',
  method: 'post',
  path: '/api/v1/schedules',
  tag: 'schedules',
  summary: 'A weekly window of a device: what it is told when it opens and when it closes',
  access: 'modules:iot:schedules:create',
  needs: { schedules: domain },
  body: scheduleBody,
  responses: { 201: { description: 'It counts from now on', schema: z.object({ schedule: scheduleView }) } },
  async handle({ body, orgId }, { schedules }) {
    const saved = await schedules.create(orgId, wantedOf(body))
    if (saved.kind !== 'saved') return refusalOf(saved)
    const location = `/api/v1/schedules/${saved.schedule.id}`
    return reply(201, { schedule: viewSchedule(saved.schedule) }, { location })
  },
})
