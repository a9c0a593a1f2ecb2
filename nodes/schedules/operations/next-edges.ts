import { z } from 'zod'
import { wholeNumber } from '../../platform/kit/endpoints/number-in-text.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { nextEdges } from '../window.ts'
import { noSuchSchedule } from './parts.ts'

const edgeView = z.object({ plannedAt: z.iso.datetime(), edge: z.enum(['start', 'end']) })

export const operation = defineOperation({
  id: 'listNextEdges',
  method: 'get',
  path: '/api/v1/schedules/:id/next',
  tag: 'schedules',
  summary: 'When a schedule opens and closes next; nothing while it is switched off',
  access: 'modules:iot:schedules:read',
  needs: { schedules: domain, ...kit('clock') },
  params: z.object({ id: z.string() }),
  query: z.object({ count: wholeNumber(z.int().min(1).max(100).default(10)) }),
  responses: { 200: { description: 'The next edges', schema: z.object({ items: z.array(edgeView) }) } },
  async handle({ orgId, params, query }, { clock, schedules }) {
    const schedule = await schedules.get(orgId, params.id)
    if (schedule === undefined) return noSuchSchedule()
    const edges = schedule.isActive ? nextEdges(schedule, clock.nowMs(), query.count) : []
    return reply(200, { items: edges.map(({ atMs, edge }) => ({ plannedAt: toIsoTime(atMs), edge })) })
  },
})
