import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { managerOf, refusedUser } from './user-answers.ts'

export const operation = defineOperation({
  id: 'deleteUser',
  method: 'delete',
  path: '/api/v1/users/:id',
  tag: 'identity',
  summary: 'Remove a user; they are signed out everywhere within a second',
  access: 'modules:identity:users:delete',
  scope: 'optional',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'Removed' } },
  needs: { identity: identityDomain },
  async handle({ orgId, params: { id }, principal }, { identity }) {
    const outcome = await identity.users.remove(managerOf(principal, orgId), id)
    return outcome.kind === 'done' ? reply(204) : refusedUser(outcome)
  },
})
