import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { toManagedUser } from '../user.ts'
import { managerOf, refusedUser, userAnswer } from './user-answers.ts'

export const operation = defineOperation({
  id: 'getUser',
  method: 'get',
  path: '/api/v1/users/:id',
  tag: 'identity',
  summary: 'One user',
  access: 'modules:identity:users:read',
  scope: 'optional',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The user', schema: userAnswer } },
  needs: { identity: identityDomain },
  async handle({ orgId, params: { id }, principal }, { identity }) {
    const user = await identity.users.get(managerOf(principal, orgId), id)
    return user === undefined ? refusedUser({ kind: 'missing' }) : reply(200, { user: toManagedUser(user) })
  },
})
