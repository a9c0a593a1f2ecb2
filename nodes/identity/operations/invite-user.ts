import { z } from 'zod'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { invitationSchema, managerOf, userAnswer, userOrRefused } from './user-answers.ts'

export const operation = defineOperation({
  id: 'inviteUser',
  method: 'post',
  path: '/api/v1/users/:id/invitation',
  tag: 'identity',
  summary: 'Make a new invitation, shown this once, by which the user chooses a password; one of before ends',
  access: 'modules:identity:users:update',
  scope: 'optional',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'Made', schema: userAnswer.extend({ invitation: invitationSchema }) } },
  needs: { identity: identityDomain },
  handle: async ({ orgId, params: { id }, principal }, { identity }) =>
    userOrRefused(await identity.users.invite(managerOf(principal, orgId), id)),
})
