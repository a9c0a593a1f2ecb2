import { domain } from '../domain.ts'
import { purchaseView, viewPurchase } from '../purchase.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { maySee, userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { othersPurchases } from './parts.ts'

export const operation = defineOperation({
  id: 'listPurchases',
  method: 'get',
  path: '/api/v1/purchases',
  tag: 'purchases',
  summary: 'Purchases, newest first: members see their own, operators all',
  access: 'modules:billing:purchases:read',
  needs: { billing: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of purchases', schema: listOf(purchaseView) } },
  async handle(request, { billing }) {
    const filter = maySee(request, othersPurchases) ? {} : { userId: userIdOf(request) ?? '' }
    const page = await billing.purchases.list(request.orgId, filter, request.query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewPurchase(document)),
    )
  },
})
