import { domain } from '../domain.ts'
import { scheduleView, viewSchedule } from '../schedule.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { z } from 'zod'

export const operation = defineOperation({
  id: 'listSchedules',
  method: 'get',
  path: '/api/v1/schedules',
  tag: 'schedules',
  summary: 'Schedules, the oldest first',
  access: 'modules:iot:schedules:read',
  needs: { schedules: domain },
  query: listQuery.extend({ deviceId: z.string().max(64).optional() }),
  responses: { 200: { description: 'A page of schedules', schema: listOf(scheduleView) } },
  async handle({ orgId, query }, { schedules }) {
    const page = await schedules.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewSchedule(document)),
    )
  },
})
