import { z } from 'zod'
import { alertEntryView, viewEntry } from '../alert.ts'
import { domain } from '../domain.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchAlert } from './parts.ts'

export const operation = defineOperation({
  id: 'listAlertEvents',
  method: 'get',
  path: '/api/v1/alerts/:id/events',
  tag: 'alerts',
  summary: 'What has happened to an alert, by whom and when, in order',
  access: 'modules:alerts:alerts:read',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'All of it', schema: listOf(alertEntryView) } },
  async handle({ orgId, params }, { alerts: { alerts } }) {
    const alert = await alerts.get(orgId, params.id)
    return alert === undefined ? noSuchAlert() : reply(200, { items: alert.entries.map(viewEntry) })
  },
})
