import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { notificationView, viewNotification } from '../inbox.ts'
import { noSuchNotification } from './parts.ts'

export const operation = defineOperation({
  id: 'readNotification',
  method: 'post',
  path: '/api/v1/me/notifications/:id/read',
  tag: 'own-notifications',
  summary: 'I have read it',
  access: 'modules:alerts:own-notifications:update',
  needs: { notifications: domain },
  params: z.object({ id: z.string() }),
  responses: {
    200: {
      description: 'The notification as it is now',
      schema: z.object({ notification: notificationView }),
    },
  },
  async handle(request, { notifications: { inbox } }) {
    const userId = userIdOf(request)
    const read = userId === undefined ? undefined : await inbox.read(request.orgId, userId, request.params.id)
    return read === undefined ? noSuchNotification() : reply(200, { notification: viewNotification(read) })
  },
})
