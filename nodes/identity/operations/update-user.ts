import { z } from 'zod'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { roleKeySchema } from '../role.ts'
import { userSchema } from '../user.ts'
import { managerOf, userAnswer, userOrRefused } from './user-answers.ts'

export const operation = defineOperation({
  id: 'updateUser',
  method: 'patch',
  path: '/api/v1/users/:id',
  tag: 'identity',
  summary:
    'Rename a user or give another role, up to your own; with a role that may less they are signed out',
  access: 'modules:identity:users:update',
  scope: 'optional',
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    name: userSchema.shape.name.exactOptional(),
    role: roleKeySchema.exactOptional(),
  }),
  responses: { 200: { description: 'The user as they are now', schema: userAnswer } },
  needs: { identity: identityDomain },
  handle: async ({ body, orgId, params: { id }, principal }, { identity }) =>
    userOrRefused(await identity.users.change(managerOf(principal, orgId), id, body)),
})
