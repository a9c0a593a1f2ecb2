import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { accountRefused } from './account-answers.ts'
import { granterOf } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteApiKey',
  method: 'delete',
  path: '/api/v1/service-accounts/:id/keys/:keyId',
  tag: 'identity',
  summary: 'Revoke a key; it is refused, and what was opened with it closed, within a second',
  access: 'modules:identity:service-accounts:update',
  params: z.object({ id: z.string(), keyId: z.string() }),
  responses: { 204: { description: 'Revoked' } },
  needs: { identity: identityDomain },
  async handle({ orgId, params: { id, keyId }, principal }, { identity }) {
    const outcome = await identity.serviceAccounts.removeKey(orgId, id, keyId, granterOf(principal))
    return outcome.kind === 'refused' ? accountRefused(outcome.why) : reply(204)
  },
})
