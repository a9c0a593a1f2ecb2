import { z } from 'zod'
import { listOf, listQuery } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { notificationView, viewNotification } from '../inbox.ts'
import { onlyPeople } from './parts.ts'

export const operation = defineOperation({
  id: 'listNotifications',
  method: 'get',
  path: '/api/v1/me/notifications',
  tag: 'own-notifications',
  summary: 'What I was told in the app, the newest first',
  access: 'modules:alerts:own-notifications:read',
  needs: { notifications: domain },
  query: listQuery.extend({ unread: z.enum(['true', 'false']).optional() }),
  responses: {
    200: {
      description: 'A page of notifications, and how many of all are unread',
      schema: listOf(notificationView).extend({ unread: z.int() }),
    },
  },
  async handle(request, { notifications }) {
    const userId = userIdOf(request)
    if (userId === undefined) return onlyPeople()
    const { orgId, query } = request
    const isUnreadOnly = query.unread === 'true'
    const [{ items, nextCursor }, unread] = await Promise.all([
      notifications.inbox.list(orgId, userId, { ...query, isUnreadOnly }),
      notifications.inbox.countUnread(orgId, userId),
    ])
    const opened = await notifications.opened(
      orgId,
      items.map(({ document }) => document),
    )
    const page = { items: opened.map(viewNotification), unread }
    return reply(200, nextCursor === undefined ? page : { ...page, nextCursor }, {
      'cache-control': 'no-store',
    })
  },
})
