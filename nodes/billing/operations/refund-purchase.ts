import { z } from 'zod'
import { domain } from '../domain.ts'
import { purchaseView, viewPurchase } from '../purchase.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf } from '../../platform/kit/endpoints/owner.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { noSuchPurchase, reasonSchema } from './parts.ts'

const refusals = {
  refunded: 'It was refunded before, or is being refunded.',
  'not-paid': 'It was not paid.',
  spent: 'Its credits are spent or held.',
} as const

export const operation = defineOperation({
  id: 'refundPurchase',
  method: 'post',
  path: '/api/v1/purchases/:id/refund',
  tag: 'purchases',
  summary: 'Take the credits of a purchase back and return the money',
  access: 'modules:billing:refunds:create',
  needs: { billing: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({ reason: reasonSchema }),
  responses: { 200: { description: 'It is refunded', schema: z.object({ purchase: purchaseView }) } },
  async handle(request, { billing }) {
    const { body, orgId, params } = request
    const refunded = await billing.purchases.refund(orgId, params.id, body.reason, actorOf(request))
    if (refunded.kind === 'refunded') return reply(200, { purchase: viewPurchase(refunded.purchase) })
    return refunded.refusal === 'missing'
      ? noSuchPurchase()
      : refuse(problem(409, refusals[refunded.refusal]))
  },
})
