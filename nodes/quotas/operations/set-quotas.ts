import { z } from 'zod'
import { domain } from '../domain.ts'
import { quotasSchema } from '../quota.ts'
import { organizationCollection } from '../../identity/organization.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

export const operation = defineOperation({
  id: 'setQuotas',
  method: 'put',
  path: '/api/v1/organizations/:id/quotas',
  tag: 'quotas',
  summary: 'Set what an organization may use, all of it anew; takes effect at once',
  access: 'modules:platform:quotas:update',
  scope: 'platform',
  needs: { ...kit('store'), quotas: domain },
  params: z.object({ id: z.string() }),
  body: quotasSchema,
  responses: { 200: { description: 'Its quotas now', schema: quotasSchema } },
  async handle({ body, params: { id } }, { quotas, store }) {
    if ((await store.platform(organizationCollection).get(id)) === undefined)
      return refuse(problem(404, 'no such organization'))
    await quotas.set(id, body)
    // What a measurement of before was compared with is no quota any more.
    if (body.storageBytes !== undefined || quotas.isFull(id)) await quotas.storage.measure(id)
    return reply(200, quotas.of(id))
  },
})
