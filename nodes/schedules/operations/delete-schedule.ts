import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchSchedule } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteSchedule',
  method: 'delete',
  path: '/api/v1/schedules/:id',
  tag: 'schedules',
  summary: 'Remove a schedule; what it has begun is ended',
  access: 'modules:iot:schedules:delete',
  needs: { schedules: domain },
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'It is gone' } },
  async handle({ orgId, params }, { schedules }) {
    return (await schedules.remove(orgId, params.id)) ? reply(204) : noSuchSchedule()
  },
})
