import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain } from '../domain.ts'
import { forUser, noticeSettingsView, viewNoticeSettings } from './own-notices.ts'

export const operation = defineOperation({
  id: 'getNoticeSettings',
  method: 'get',
  path: '/api/v1/me/notice-settings',
  tag: 'own-notices',
  summary: 'How the platform tells you something yourself',
  access: 'signed-in',
  needs: { notifications: domain },
  responses: { 200: { description: 'Your settings', schema: noticeSettingsView } },
  handle: (request, { notifications: { personal, pushKey } }) =>
    forUser(request, async (userId) =>
      reply(200, viewNoticeSettings(await personal.preferences(request.orgId, userId), pushKey)),
    ),
})
