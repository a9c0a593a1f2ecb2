import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { ruleView, viewRule } from '../rule.ts'
import { noSuchRule } from './parts.ts'

export const operation = defineOperation({
  id: 'getAlertRule',
  method: 'get',
  path: '/api/v1/alert-rules/:id',
  tag: 'alert-rules',
  summary: 'One rule',
  access: 'modules:alerts:rules:read',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The rule', schema: z.object({ rule: ruleView }) } },
  async handle({ orgId, params }, { alerts: { rules } }) {
    const rule = await rules.get(orgId, params.id)
    return rule === undefined ? noSuchRule() : reply(200, { rule: viewRule(rule) })
  },
})
