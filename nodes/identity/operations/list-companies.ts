import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { companyCollection, companySchema } from '../company.ts'

export const operation = defineOperation({
  id: 'listCompanies',
  method: 'get',
  path: '/api/v1/companies',
  tag: 'identity',
  summary: 'List companies, which group organizations, by name; a company admin sees the own one',
  access: 'modules:identity:companies:read',
  scope: 'platform',
  query: listQuery,
  responses: { 200: { description: 'A page of companies', schema: listOf(companySchema) } },
  needs: kit('store'),
  async handle({ principal, query: { cursor, limit } }, { store }) {
    const companyId = principal?.kind === 'user' ? principal.companyId : undefined
    const page = await store
      .platform(companyCollection)
      .find(principal?.orgId === undefined ? {} : { id: companyId ?? '' }, {
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
