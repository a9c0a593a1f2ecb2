import { z } from 'zod'
import { alertView, viewAlert } from '../alert.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchAlert } from './parts.ts'

export const operation = defineOperation({
  id: 'getAlert',
  method: 'get',
  path: '/api/v1/alerts/:id',
  tag: 'alerts',
  summary: 'One alert',
  access: 'modules:alerts:alerts:read',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The alert', schema: z.object({ alert: alertView }) } },
  async handle({ orgId, params }, { alerts: { alerts } }) {
    const alert = await alerts.get(orgId, params.id)
    return alert === undefined ? noSuchAlert() : reply(200, { alert: viewAlert(alert) })
  },
})
