import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { accountRefused, accountWithKeys } from './account-answers.ts'

export const operation = defineOperation({
  id: 'getServiceAccount',
  method: 'get',
  path: '/api/v1/service-accounts/:id',
  tag: 'identity',
  summary: 'One service account with its keys, of which nothing is shown that one could sign in with',
  access: 'modules:identity:service-accounts:read',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The account', schema: accountWithKeys } },
  needs: { identity: identityDomain },
  async handle({ orgId, params: { id } }, { identity }) {
    const account = await identity.serviceAccounts.get(orgId, id)
    if (account === undefined) return accountRefused('missing')
    return reply(200, { serviceAccount: { ...account, keys: await identity.serviceAccounts.keys(id) } })
  },
})
