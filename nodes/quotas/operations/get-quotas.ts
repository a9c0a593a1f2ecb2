import { z } from 'zod'
import { domain } from '../domain.ts'
import { quotasSchema } from '../quota.ts'
import { organizationCollection } from '../../identity/organization.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

export const operation = defineOperation({
  id: 'getQuotas',
  method: 'get',
  path: '/api/v1/organizations/:id/quotas',
  tag: 'quotas',
  summary: 'What an organization may use; nothing limits what is left out',
  access: 'modules:platform:quotas:read',
  scope: 'platform',
  needs: { ...kit('store'), quotas: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'Its quotas', schema: quotasSchema } },
  async handle({ params: { id } }, { quotas, store }) {
    if ((await store.platform(organizationCollection).get(id)) === undefined)
      return refuse(problem(404, 'no such organization'))
    return reply(200, quotas.of(id))
  },
})
