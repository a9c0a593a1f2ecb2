import { z } from 'zod'
import { domain } from '../domain.ts'
import { purchaseView, viewPurchase } from '../purchase.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchPurchase } from './parts.ts'

export const operation = defineOperation({
  id: 'getPurchase',
  method: 'get',
  path: '/api/v1/purchases/:id',
  tag: 'purchases',
  summary: 'What has become of a purchase; members see their own',
  access: 'modules:billing:purchases:read',
  ownership: 'modules:billing:own-purchases:read',
  needs: { billing: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The purchase', schema: z.object({ purchase: purchaseView }) } },
  async handle(request, { billing }) {
    const { orgId, ownerId, params } = request
    const purchase = await billing.purchases.get(orgId, params.id)
    return purchase !== undefined && (ownerId === undefined || purchase.userId === ownerId)
      ? reply(200, { purchase: viewPurchase(purchase) })
      : noSuchPurchase()
  },
})
