import { z } from 'zod'
import { alertView, viewAlert } from '../alert.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf, alertRefusal } from './parts.ts'

export const operation = defineOperation({
  id: 'acknowledgeAlert',
  method: 'post',
  path: '/api/v1/alerts/:id/acknowledge',
  tag: 'alerts',
  summary: 'Somebody takes care of an alert',
  access: 'modules:alerts:alerts:acknowledge',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({ note: z.string().max(1000).optional() }).optional(),
  responses: { 200: { description: 'The alert as it is now', schema: z.object({ alert: alertView }) } },
  async handle({ body, orgId, params, principal }, { alerts: { alerts } }) {
    const outcome = await alerts.acknowledge(orgId, params.id, actorOf(principal), body?.note)
    return outcome.kind === 'done' ? reply(200, { alert: viewAlert(outcome.state) }) : alertRefusal(outcome)
  },
})
