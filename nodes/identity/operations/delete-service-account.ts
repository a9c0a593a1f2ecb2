import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { accountRefused } from './account-answers.ts'
import { granterOf } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteServiceAccount',
  method: 'delete',
  path: '/api/v1/service-accounts/:id',
  tag: 'identity',
  summary: 'Remove a service account and its keys, which are refused within a second',
  access: 'modules:identity:service-accounts:delete',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'Removed' } },
  needs: { identity: identityDomain },
  async handle({ orgId, params: { id }, principal }, { identity }) {
    const outcome = await identity.serviceAccounts.remove(orgId, id, granterOf(principal))
    return outcome.kind === 'refused' ? accountRefused(outcome.why) : reply(204)
  },
})
