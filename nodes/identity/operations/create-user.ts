import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { maxPasswordLength } from '../password.ts'
import { roleKeySchema } from '../role.ts'
import { toManagedUser, userSchema } from '../user.ts'
import { invitationSchema, managerOf, refusedUser, userAnswer } from './user-answers.ts'

export const operation = defineOperation({
  id: 'createUser',
  method: 'post',
  path: '/api/v1/users',
  tag: 'identity',
  summary:
    'Add a user with a role up to your own; without a password there is an invitation, shown this once',
  access: 'modules:identity:users:create',
  scope: 'optional',
  body: z.strictObject({
    email: z.email().max(254),
    name: userSchema.shape.name,
    role: roleKeySchema,
    password: z.string().min(1).max(maxPasswordLength).exactOptional(),
  }),
  responses: {
    201: {
      description: 'Added',
      schema: userAnswer.extend({ invitation: invitationSchema.optional() }),
    },
  },
  needs: { identity: identityDomain },
  async handle({ body, orgId, principal }, { identity }) {
    const outcome = await identity.users.create(managerOf(principal, orgId), body)
    if (outcome.kind !== 'done') return refusedUser(outcome)
    const { invitation, user } = outcome
    return reply(
      201,
      { user: toManagedUser(user), ...(invitation === undefined ? {} : { invitation }) },
      { Location: `/api/v1/users/${user.id}`, 'Cache-Control': 'no-store' },
    )
  },
})
