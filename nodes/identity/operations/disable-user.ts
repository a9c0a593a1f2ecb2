import { z } from 'zod'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { managerOf, userAnswer, userOrRefused } from './user-answers.ts'

export const operation = defineOperation({
  id: 'disableUser',
  method: 'post',
  path: '/api/v1/users/:id/disable',
  tag: 'identity',
  summary: 'Keep a user from signing in; they are signed out everywhere within a second',
  access: 'modules:identity:users:update',
  scope: 'optional',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The user as they are now', schema: userAnswer } },
  needs: { identity: identityDomain },
  handle: async ({ orgId, params: { id }, principal }, { identity }) =>
    userOrRefused(await identity.users.disable(managerOf(principal, orgId), id)),
})
