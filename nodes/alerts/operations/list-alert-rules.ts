import { domain } from '../domain.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { ruleView, viewRule } from '../rule.ts'

export const operation = defineOperation({
  id: 'listAlertRules',
  method: 'get',
  path: '/api/v1/alert-rules',
  tag: 'alert-rules',
  summary: 'Rules, the oldest first',
  access: 'modules:alerts:rules:read',
  needs: { alerts: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of rules', schema: listOf(ruleView) } },
  async handle({ orgId, query }, { alerts: { rules } }) {
    const page = await rules.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewRule(document)),
    )
  },
})
