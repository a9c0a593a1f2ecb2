import { z } from 'zod'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { managerOf, userAnswer, userOrRefused } from './user-answers.ts'

export const operation = defineOperation({
  id: 'enableUser',
  method: 'post',
  path: '/api/v1/users/:id/enable',
  tag: 'identity',
  summary: 'Let a disabled user sign in again',
  access: 'modules:identity:users:update',
  scope: 'optional',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The user as they are now', schema: userAnswer } },
  needs: { identity: identityDomain },
  handle: async ({ orgId, params: { id }, principal }, { identity }) =>
    userOrRefused(await identity.users.enable(managerOf(principal, orgId), id)),
})
