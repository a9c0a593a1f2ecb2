import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { onlyPeople } from './parts.ts'

export const operation = defineOperation({
  id: 'readAllNotifications',
  method: 'post',
  path: '/api/v1/me/notifications/read',
  tag: 'own-notifications',
  summary: 'I have read all of them',
  access: 'modules:alerts:own-notifications:update',
  needs: { notifications: domain },
  responses: {
    200: { description: 'How many were not read before', schema: z.object({ read: z.int() }) },
  },
  async handle(request, { notifications: { inbox } }) {
    const userId = userIdOf(request)
    if (userId === undefined) return onlyPeople()
    return reply(200, { read: await inbox.readAll(request.orgId, userId) })
  },
})
