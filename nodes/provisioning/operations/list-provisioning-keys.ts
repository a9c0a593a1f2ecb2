import { domain } from '../domain.ts'
import { provisioningKeyView, viewProvisioningKey } from '../provisioning-key.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listProvisioningKeys',
  method: 'get',
  path: '/api/v1/provisioning-keys',
  tag: 'provisioning',
  summary: 'Keys by which devices register themselves, the oldest first',
  access: 'modules:iot:provisioning-keys:read',
  needs: { provisioning: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of keys', schema: listOf(provisioningKeyView) } },
  async handle({ orgId, query }, { provisioning }) {
    const page = await provisioning.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewProvisioningKey(document)),
    )
  },
})
