import { z } from 'zod'
import { alertView, viewAlert } from '../alert.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf, alertRefusal } from './parts.ts'

export const operation = defineOperation({
  id: 'resolveAlert',
  method: 'post',
  path: '/api/v1/alerts/:id/resolve',
  tag: 'alerts',
  summary: 'End an alert; a reading that still violates opens a new one',
  access: 'modules:alerts:alerts:resolve',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({ note: z.string().max(1000).optional() }).optional(),
  responses: { 200: { description: 'The alert as it is now', schema: z.object({ alert: alertView }) } },
  async handle({ body, orgId, params, principal }, { alerts: { alerts } }) {
    const outcome = await alerts.resolve(orgId, params.id, {
      by: actorOf(principal),
      note: body?.note ?? null,
    })
    return outcome.kind === 'done' ? reply(200, { alert: viewAlert(outcome.state) }) : alertRefusal(outcome)
  },
})
