import { z } from 'zod'
import { packageOf } from '../credit-packages.ts'
import { domain } from '../domain.ts'
import { purchaseView, viewPurchase } from '../purchase.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { once } from '../../platform/kit/endpoints/idempotency.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { providerKeys } from '../../platform/payments/port.ts'
import { noSuchWallet } from './parts.ts'

const id = 'createPurchase'

export const operation = defineOperation({
  id,
  method: 'post',
  path: '/api/v1/purchases',
  tag: 'purchases',
  summary: 'Buy credits: paid at the page of the provider, they are in the wallet a moment later',
  access: 'modules:billing:own-purchases:create',
  isOncePerKey: true,
  needs: { ...kit('clock', 'info', 'secrets', 'store'), billing: domain },
  body: z.strictObject({
    packageKey: z.string().min(1).max(64),
    provider: z.enum(providerKeys),
    /** Where the browser goes when it is paid or declined; here by default. */
    returnUrl: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .optional(),
  }),
  responses: {
    201: {
      description: 'It is to be paid at `redirectUrl`',
      schema: z.object({ purchase: purchaseView }),
    },
  },
  handle: (request, { billing, info, ...parts }) =>
    once(parts, id, request, async (purchaseId) => {
      const { body, orgId } = request
      const userId = userIdOf(request)
      if (userId === undefined) return noSuchWallet()
      const bought = packageOf(body.packageKey)
      if (bought === undefined) return refuse(invalid('body.packageKey', 'there is no such package'))
      if (!billing.purchases.offers(body.provider))
        return refuse(invalid('body.provider', 'this platform has no account with it'))
      const purchase = await billing.purchases.request(orgId, {
        id: purchaseId,
        userId,
        packageKey: bought.key,
        credits: bought.credits,
        price: bought.price,
        provider: body.provider,
        returnUrl: body.returnUrl ?? info.publicUrl,
      })
      const location = `/api/v1/purchases/${purchaseId}`
      return reply(201, { purchase: viewPurchase(purchase) }, { location })
    }),
})
