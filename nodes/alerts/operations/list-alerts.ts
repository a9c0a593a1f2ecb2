import { z } from 'zod'
import { alertStatuses, alertView, viewAlert } from '../alert.ts'
import { domain } from '../domain.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { severitySchema } from '../rule.ts'

export const operation = defineOperation({
  id: 'listAlerts',
  method: 'get',
  path: '/api/v1/alerts',
  tag: 'alerts',
  summary: 'Alerts, the newest first',
  access: 'modules:alerts:alerts:read',
  needs: { alerts: domain },
  query: listQuery.extend({
    status: z.enum(alertStatuses).optional(),
    deviceId: z.string().max(64).optional(),
    ruleId: z.string().max(64).optional(),
    severity: severitySchema.optional(),
  }),
  responses: { 200: { description: 'A page of alerts', schema: listOf(alertView) } },
  async handle({ orgId, query }, { alerts: { alerts } }) {
    const page = await alerts.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewAlert(document)),
    )
  },
})
