import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'forgotPassword',
  method: 'post',
  path: '/api/v1/auth/password/forgot',
  tag: 'identity',
  summary: 'Ask for a mail with a way back in; the answer is the same whether or not there is such a user',
  access: 'public',
  scope: 'platform',
  body: z.strictObject({ email: z.string().min(1).max(254) }),
  responses: { 202: { description: 'If there is such a user, a mail is on its way' } },
  needs: { identity: identityDomain },
  async handle({ address, body: { email } }, { identity }) {
    identity.passwords.askForReset(email, address)
    return reply(202)
  },
})
