import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { managerOf, refusedUser } from './user-answers.ts'

export const operation = defineOperation({
  id: 'endSecondFactorOf',
  method: 'delete',
  path: '/api/v1/users/:id/totp',
  tag: 'identity',
  summary: 'Have no code asked of a user, who has lost the app and the recovery codes',
  access: 'modules:identity:users:update',
  scope: 'optional',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'None is asked for' } },
  needs: { identity: identityDomain },
  async handle({ orgId, params: { id }, principal }, { identity }) {
    const outcome = await identity.users.endSecondFactor(managerOf(principal, orgId), id)
    return outcome.kind === 'done' ? reply(204) : refusedUser(outcome)
  },
})
