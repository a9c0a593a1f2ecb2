import { z } from 'zod'
import { domain as identityDomain } from '../../identity/domain.ts'
import { organizationCollection } from '../../identity/organization.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { domain } from '../domain.ts'
import { receiptOf, receiptView } from '../receipt.ts'
import { noSuchPurchase } from './parts.ts'

export const operation = defineOperation({
  id: 'getReceipt',
  method: 'get',
  path: '/api/v1/purchases/:id/receipt',
  tag: 'purchases',
  summary: 'The receipt of a purchase that is paid; members see those of their own',
  access: 'modules:billing:purchases:read',
  ownership: 'modules:billing:own-purchases:read',
  needs: { ...kit('store'), billing: domain, identity: identityDomain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The receipt', schema: z.object({ receipt: receiptView }) } },
  async handle(request, { billing, identity, store }) {
    const { orgId, ownerId, params } = request
    const purchase = await billing.purchases.get(orgId, params.id)
    if (purchase === undefined || (ownerId !== undefined && purchase.userId !== ownerId))
      return noSuchPurchase()
    const [organization, user, refunded] = await Promise.all([
      store.platform(organizationCollection).get(orgId),
      identity.user(purchase.userId),
      billing.ledger.transaction(orgId, `purchase-refund/${purchase.id}`),
    ])
    const { name: seller = orgId, timeZone = 'UTC' } = organization?.document ?? {}
    const receipt = receiptOf(purchase, {
      seller,
      buyer: user === undefined ? null : { name: user.name, email: user.email },
      timeZone,
      refundedAtMs: refunded?.atMs ?? null,
    })
    return receipt === undefined ? refuse(problem(409, 'It is not paid.')) : reply(200, { receipt })
  },
})
