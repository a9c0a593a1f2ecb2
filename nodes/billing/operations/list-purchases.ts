import { domain } from '../domain.ts'
import { purchaseView, viewPurchase } from '../purchase.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listPurchases',
  method: 'get',
  path: '/api/v1/purchases',
  tag: 'purchases',
  summary: 'Purchases, newest first: members see their own, operators all',
  access: 'modules:billing:purchases:read',
  ownership: 'modules:billing:own-purchases:read',
  needs: { billing: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of purchases', schema: listOf(purchaseView) } },
  async handle(request, { billing }) {
    const { orgId, ownerId, query } = request
    const filter = ownerId === undefined ? {} : { userId: ownerId }
    const page = await billing.purchases.list(orgId, filter, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewPurchase(document)),
    )
  },
})
