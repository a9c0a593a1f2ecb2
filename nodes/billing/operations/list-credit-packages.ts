import { creditPackages, packageView } from '../credit-packages.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listCreditPackages',
  method: 'get',
  path: '/api/v1/credit-packages',
  tag: 'purchases',
  summary: 'Credits that can be bought, and what they cost',
  access: 'modules:billing:credit-packages:read',
  responses: { 200: { description: 'All of them', schema: listOf(packageView) } },
  handle: () => Promise.resolve(reply(200, { items: creditPackages })),
})
