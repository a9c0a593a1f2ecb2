import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { ruleBody, ruleView, viewRule } from '../rule.ts'
import { refusalOf } from './parts.ts'

export const operation = defineOperation({
  id: 'createAlertRule',
  method: 'post',
  path: '/api/v1/alert-rules',
  tag: 'alert-rules',
  summary: 'Watch devices by a rule, from now on',
  access: 'modules:alerts:rules:create',
  needs: { alerts: domain },
  body: ruleBody,
  responses: { 201: { description: 'The rule', schema: z.object({ rule: ruleView }) } },
  async handle({ body, orgId }, { alerts: { rules } }) {
    const saved = await rules.create(orgId, body)
    if (saved.kind !== 'saved') return refusalOf(saved)
    return reply(201, { rule: viewRule(saved.rule) }, { location: `/api/v1/alert-rules/${saved.rule.id}` })
  },
})
