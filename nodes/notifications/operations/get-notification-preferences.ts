import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { preferencesBody, viewPreferences } from '../preferences.ts'
import { onlyPeople } from './parts.ts'

export const operation = defineOperation({
  id: 'getNotificationPreferences',
  method: 'get',
  path: '/api/v1/me/notification-preferences',
  tag: 'own-notifications',
  summary: 'How I want to hear of alerts; nothing until I have said so',
  access: 'modules:alerts:own-notifications:read',
  needs: { notifications: domain },
  responses: {
    200: { description: 'The preferences', schema: z.object({ preferences: preferencesBody }) },
  },
  async handle(request, { notifications: { people } }) {
    const userId = userIdOf(request)
    if (userId === undefined) return onlyPeople()
    const preferences = await people.preferencesOf(request.orgId, userId)
    return reply(200, { preferences: viewPreferences(preferences) })
  },
})
