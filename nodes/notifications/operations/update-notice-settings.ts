import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { languages } from '../channel.ts'
import { domain } from '../domain.ts'
import { forUser, noticeSettingsView, viewNoticeSettings } from './own-notices.ts'

export const operation = defineOperation({
  id: 'updateNoticeSettings',
  method: 'patch',
  path: '/api/v1/me/notice-settings',
  tag: 'own-notices',
  summary: 'Say in which language you are told something, and whether by mail',
  access: 'signed-in',
  needs: { notifications: domain },
  body: z.strictObject({ language: z.enum(languages).optional(), isMailed: z.boolean().optional() }),
  responses: { 200: { description: 'Your settings', schema: noticeSettingsView } },
  handle: (request, { notifications: { personal, pushKey } }) =>
    forUser(request, async (userId) => {
      const { isMailed, language } = request.body
      const wanted = {
        ...(isMailed === undefined ? {} : { isMailed }),
        ...(language === undefined ? {} : { language }),
      }
      const saved = await personal.save(request.orgId, userId, wanted)
      return reply(200, viewNoticeSettings(saved, pushKey))
    }),
})
