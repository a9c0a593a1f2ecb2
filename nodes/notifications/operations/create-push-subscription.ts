import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { webPushConfig } from '../channel.ts'
import { domain } from '../domain.ts'
import { forUser, noticeSettingsView, viewNoticeSettings } from './own-notices.ts'

export const operation = defineOperation({
  id: 'createPushSubscription',
  method: 'post',
  path: '/api/v1/me/push-subscriptions',
  tag: 'own-notices',
  summary: 'Have this browser told, too; the same again is one',
  access: 'signed-in',
  needs: { notifications: domain },
  body: webPushConfig,
  responses: { 200: { description: 'Your settings', schema: noticeSettingsView } },
  handle: (request, { notifications: { personal, pushKey } }) =>
    forUser(request, async (userId) =>
      reply(
        200,
        viewNoticeSettings(
          await personal.subscribe(request.orgId, userId, request.body.subscription),
          pushKey,
        ),
      ),
    ),
})
