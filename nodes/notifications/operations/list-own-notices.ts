import { z } from 'zod'
import { listOf, listQuery } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { domain } from '../domain.ts'
import { forUser } from './own-notices.ts'

const noticeView = z.object({
  id: z.string(),
  type: z.string(),
  at: z.iso.datetime(),
  title: z.string(),
  text: z.string(),
})

export const operation = defineOperation({
  id: 'listOwnNotices',
  method: 'get',
  path: '/api/v1/me/notices',
  tag: 'own-notices',
  summary: 'What the platform has told you yourself, the newest first',
  access: 'signed-in',
  needs: { notifications: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of notices', schema: listOf(noticeView) } },
  handle: (request, { notifications }) =>
    forUser(request, async (userId) => {
      const { items, nextCursor } = await notifications.noticesOf(request.orgId, userId, request.query)
      const notices = items.map(({ document: { createdAtMs, id, notice } }) => ({
        id,
        type: notice.type,
        at: toIsoTime(createdAtMs),
        title: notice.title,
        text: notice.text,
      }))
      const page = { items: notices, ...(nextCursor === undefined ? {} : { nextCursor }) }
      return reply(200, page, { 'cache-control': 'no-store' })
    }),
})
