import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { maxPasswordLength } from '../password.ts'
import { toUserView, userSchema, userViewSchema } from '../user.ts'
import { refusedUser } from './user-answers.ts'

export const operation = defineOperation({
  id: 'acceptInvitation',
  method: 'post',
  path: '/api/v1/auth/invitations/accept',
  tag: 'identity',
  summary: 'Choose a password, and a name, with the token of an invitation, which is used up by it',
  access: 'public',
  scope: 'platform',
  body: z.strictObject({
    token: z.string().min(1).max(256),
    password: z.string().min(1).max(maxPasswordLength),
    name: userSchema.shape.name.exactOptional(),
  }),
  responses: { 200: { description: 'Who may sign in with it', schema: z.object({ user: userViewSchema }) } },
  needs: { identity: identityDomain },
  async handle({ body: { name, password, token } }, { identity }) {
    const outcome = await identity.passwords.useLink('invitation', token, password, name)
    return outcome.kind === 'done' ? reply(200, { user: toUserView(outcome.user) }) : refusedUser(outcome)
  },
})
