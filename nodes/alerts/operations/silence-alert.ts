import { z } from 'zod'
import { alertView, viewAlert } from '../alert.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf, alertRefusal } from './parts.ts'

export const operation = defineOperation({
  id: 'silenceAlert',
  method: 'post',
  path: '/api/v1/alerts/:id/silence',
  tag: 'alerts',
  summary: 'Hear nothing of an alert for a while; it is suppressed for so long',
  access: 'modules:alerts:alerts:silence',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    forMs: z
      .int()
      .min(1000)
      .max(365 * 24 * 3_600_000),
  }),
  responses: { 200: { description: 'The alert as it is now', schema: z.object({ alert: alertView }) } },
  async handle({ body, orgId, params, principal }, { alerts: { alerts } }) {
    const outcome = await alerts.silence(orgId, params.id, actorOf(principal), body.forMs)
    return outcome.kind === 'done' ? reply(200, { alert: viewAlert(outcome.state) }) : alertRefusal(outcome)
  },
})
