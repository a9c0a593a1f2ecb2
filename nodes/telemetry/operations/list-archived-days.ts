import { z } from 'zod'
import { listOf, listQuery } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { archivedDayView, viewDay } from '../archive-views.ts'

export const operation = defineOperation({
  id: 'listArchivedDays',
  method: 'get',
  path: '/api/v1/archive',
  tag: 'archive',
  summary: 'Days that have readings in the archive, newest first',
  access: 'modules:iot:archive:read',
  query: listQuery.extend({
    /** Inclusive, both. */
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
    cursor: z.iso.date().optional(),
  }),
  responses: { 200: { description: 'A page of days', schema: listOf(archivedDayView) } },
  needs: kit('archive'),
  async handle(
    { query: { cursor = '9999-12-31', from = '0000-01-01', limit, to = '9999-12-31' }, orgId },
    { archive },
  ) {
    const days = (await archive.days(orgId)).filter(({ day }) => day >= from && day <= to && day < cursor)
    const items = days.slice(0, limit).map(viewDay)
    const last = items.at(-1)
    return reply(200, {
      items,
      ...(days.length > limit && last !== undefined ? { nextCursor: last.day } : {}),
    })
  },
})
