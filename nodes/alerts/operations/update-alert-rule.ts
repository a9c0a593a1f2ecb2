import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { ruleBody, ruleView, viewRule } from '../rule.ts'
import { refusalOf } from './parts.ts'

export const operation = defineOperation({
  id: 'updateAlertRule',
  method: 'put',
  path: '/api/v1/alert-rules/:id',
  tag: 'alert-rules',
  summary: 'Change a rule, or switch it on or off; alerts that are open end when it watches otherwise',
  access: 'modules:alerts:rules:update',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  body: ruleBody,
  responses: { 200: { description: 'The rule as it is now', schema: z.object({ rule: ruleView }) } },
  async handle({ body, orgId, params }, { alerts: { rules } }) {
    const saved = await rules.change(orgId, params.id, body)
    return saved.kind === 'saved' ? reply(200, { rule: viewRule(saved.rule) }) : refusalOf(saved)
  },
})
