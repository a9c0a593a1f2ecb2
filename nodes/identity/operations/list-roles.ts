import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { roleCollection, roleViewSchema, tierViews, toRoleView } from '../role.ts'

export const operation = defineOperation({
  id: 'listRoles',
  method: 'get',
  path: '/api/v1/roles',
  tag: 'identity',
  summary: 'List roles: the five tiers, then those that the organization has made, by key',
  access: 'modules:identity:roles:read',
  query: listQuery,
  responses: { 200: { description: 'A page of roles', schema: listOf(roleViewSchema) } },
  needs: kit('store'),
  async handle({ orgId, query: { cursor, limit } }, { store }) {
    const own = store.organization(orgId).collection(roleCollection)
    const page = await own.find({}, { limit, ...(cursor === undefined ? {} : { cursor }) })
    const items = page.items.map(({ document }) => toRoleView(document))
    // On top of the first page, whatever its limit: they are what everybody chooses from.
    return replyPage(page, cursor === undefined ? [...tierViews, ...items] : items)
  },
})
