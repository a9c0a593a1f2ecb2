import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchRule } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteAlertRule',
  method: 'delete',
  path: '/api/v1/alert-rules/:id',
  tag: 'alert-rules',
  summary: 'Remove a rule; its open alerts end',
  access: 'modules:alerts:rules:delete',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'It is gone' } },
  async handle({ orgId, params }, { alerts: { rules } }) {
    return (await rules.remove(orgId, params.id)) ? reply(204) : noSuchRule()
  },
})
