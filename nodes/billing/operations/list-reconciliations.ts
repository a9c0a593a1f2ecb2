import { domain } from '../domain.ts'
import { reconciliationView, viewReconciliation } from '../reconciliation.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listReconciliations',
  method: 'get',
  path: '/api/v1/reconciliations',
  tag: 'ledger',
  summary: 'Days that were compared with the providers, the newest first',
  access: 'modules:billing:reconciliations:read',
  needs: { billing: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of them', schema: listOf(reconciliationView) } },
  async handle({ orgId, query }, { billing }) {
    const page = await billing.reconciling.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewReconciliation(document)),
    )
  },
})
