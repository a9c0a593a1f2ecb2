import { domain } from '../domain.ts'
import { entryQuery, entryView, toQuery, viewEntry } from '../entry-view.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listAudit',
  method: 'get',
  path: '/api/v1/audit',
  tag: 'audit',
  summary: 'Who has changed what, the newest first; without an organization named, what belongs to none',
  access: 'modules:audit:entries:read',
  scope: 'optional',
  needs: { audit: domain },
  query: listQuery.extend(entryQuery.shape),
  responses: { 200: { description: 'A page of entries', schema: listOf(entryView) } },
  async handle({ orgId, query: { cursor, limit, ...query } }, { audit }) {
    const page = await audit.list(orgId, toQuery(query), { limit, cursor })
    return replyPage(
      page,
      page.items.map(({ document }) => viewEntry(orgId, document)),
    )
  },
})
