import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { organizationCollection, organizationSchema } from '../organization.ts'
import { organizationsOf } from './parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'listOrganizations',
  method: 'get',
  path: '/api/v1/organizations',
  tag: 'identity',
  summary: 'List organizations, by name; a company admin those of the own company',
  access: 'modules:identity:organizations:read',
  scope: 'platform',
  query: listQuery,
  responses: { 200: { description: 'A page of organizations', schema: listOf(organizationSchema) } },
  needs: kit('store'),
  async handle({ principal, query: { cursor, limit } }, { store }) {
    const page = await store.platform(organizationCollection).find(organizationsOf(principal), {
      sort: [{ path: 'name', direction: 'ascending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return replyPage(
      page,
      page.items.map(({ document }) => document),
    )
  },
})
