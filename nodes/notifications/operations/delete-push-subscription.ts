import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain } from '../domain.ts'
import { forUser, noticeSettingsView, viewNoticeSettings } from './own-notices.ts'

export const operation = defineOperation({
  id: 'deletePushSubscription',
  method: 'post',
  path: '/api/v1/me/push-subscriptions/end',
  tag: 'own-notices',
  summary: 'Have this browser told no more',
  access: 'signed-in',
  needs: { notifications: domain },
  body: z.strictObject({ endpoint: z.string().max(2000) }),
  responses: { 200: { description: 'Your settings', schema: noticeSettingsView } },
  handle: (request, { notifications: { personal, pushKey } }) =>
    forUser(request, async (userId) =>
      reply(
        200,
        viewNoticeSettings(await personal.unsubscribe(request.orgId, userId, request.body.endpoint), pushKey),
      ),
    ),
})
