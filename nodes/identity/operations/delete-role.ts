import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { granterOf, roleRefused } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteRole',
  method: 'delete',
  path: '/api/v1/roles/:key',
  tag: 'identity',
  summary: 'Remove a role of the organization that nobody has',
  access: 'modules:identity:roles:delete',
  params: z.object({ key: z.string() }),
  responses: { 204: { description: 'Removed' } },
  needs: { identity: identityDomain },
  async handle({ orgId, params: { key }, principal }, { identity }) {
    const outcome = await identity.roles.remove(orgId, key, granterOf(principal))
    return outcome.kind === 'refused' ? roleRefused(outcome.why) : reply(204)
  },
})
