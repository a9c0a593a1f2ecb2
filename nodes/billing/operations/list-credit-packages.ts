import { z } from 'zod'
import { creditPackages, packageView } from '../credit-packages.ts'
import { domain } from '../domain.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { providerKeys } from '../../platform/payments/port.ts'

export const operation = defineOperation({
  id: 'listCreditPackages',
  method: 'get',
  path: '/api/v1/credit-packages',
  tag: 'purchases',
  summary: 'Credits that can be bought, and what they cost',
  access: 'modules:billing:credit-packages:read',
  needs: { billing: domain },
  responses: {
    200: {
      description: 'All of them, and the `providers` with which this platform takes payments',
      schema: listOf(packageView).extend({ providers: z.array(z.enum(providerKeys)) }),
    },
  },
  handle: (_, { billing: { purchases } }) => {
    const providers = providerKeys.filter((key) => purchases.offers(key))
    return Promise.resolve(reply(200, { items: creditPackages, providers }))
  },
})
