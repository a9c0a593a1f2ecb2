import { z } from 'zod'
import { domain } from '../domain.ts'
import { purchaseView, viewPurchase } from '../purchase.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { mayFor } from '../../platform/kit/endpoints/owner.ts'
import { noSuchPurchase, othersPurchases } from './parts.ts'

export const operation = defineOperation({
  id: 'getPurchase',
  method: 'get',
  path: '/api/v1/purchases/:id',
  tag: 'purchases',
  summary: 'What has become of a purchase; members see their own',
  access: 'modules:billing:purchases:read',
  needs: { billing: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The purchase', schema: z.object({ purchase: purchaseView }) } },
  async handle(request, { billing }) {
    const purchase = await billing.purchases.get(request.orgId, request.params.id)
    return purchase !== undefined && mayFor(request, purchase.userId, othersPurchases)
      ? reply(200, { purchase: viewPurchase(purchase) })
      : noSuchPurchase()
  },
})
