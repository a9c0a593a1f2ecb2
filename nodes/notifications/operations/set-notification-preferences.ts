import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { preferencesBody, viewPreferences } from '../preferences.ts'
import { onlyPeople } from './parts.ts'

export const operation = defineOperation({
  id: 'setNotificationPreferences',
  method: 'put',
  path: '/api/v1/me/notification-preferences',
  tag: 'own-notifications',
  summary: 'Say how I want to hear of alerts, by severity: in the app, by mail, when not, in which language',
  access: 'modules:alerts:own-notifications:update',
  needs: { notifications: domain },
  body: preferencesBody,
  responses: {
    200: {
      description: 'The preferences as they are now',
      schema: z.object({ preferences: preferencesBody }),
    },
  },
  async handle(request, { notifications: { people } }) {
    const userId = userIdOf(request)
    if (userId === undefined) return onlyPeople()
    const preferences = await people.prefer(request.orgId, userId, request.body)
    return reply(200, { preferences: viewPreferences(preferences) })
  },
})
