import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { serviceAccountView } from '../service-account.ts'

export const operation = defineOperation({
  id: 'listServiceAccounts',
  method: 'get',
  path: '/api/v1/service-accounts',
  tag: 'identity',
  summary: 'List service accounts, which are programs that act for the organization, by name',
  access: 'modules:identity:service-accounts:read',
  query: listQuery,
  responses: { 200: { description: 'A page of service accounts', schema: listOf(serviceAccountView) } },
  needs: { identity: identityDomain },
  async handle({ orgId, query: { cursor, limit } }, { identity }) {
    const options = { limit, ...(cursor === undefined ? {} : { cursor }) }
    const page = await identity.serviceAccounts.list(orgId, options)
    return replyPage(
      page,
      page.items.map(({ document }) => document),
    )
  },
})
