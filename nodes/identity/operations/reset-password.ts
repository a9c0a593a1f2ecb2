import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { maxPasswordLength } from '../password.ts'
import { toUserView, userViewSchema } from '../user.ts'
import { refusedUser } from './user-answers.ts'

export const operation = defineOperation({
  id: 'resetPassword',
  method: 'post',
  path: '/api/v1/auth/password/reset',
  tag: 'identity',
  summary: 'Choose a new password with the token of a mail, which is used up by it; ends every sign-in',
  access: 'public',
  scope: 'platform',
  body: z.strictObject({
    token: z.string().min(1).max(256),
    password: z.string().min(1).max(maxPasswordLength),
  }),
  responses: { 200: { description: 'Who may sign in with it', schema: z.object({ user: userViewSchema }) } },
  needs: { identity: identityDomain },
  async handle({ body: { password, token } }, { identity }) {
    const outcome = await identity.passwords.useLink('reset', token, password)
    return outcome.kind === 'done' ? reply(200, { user: toUserView(outcome.user) }) : refusedUser(outcome)
  },
})
