import { z } from 'zod'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { maxPasswordLength } from '../password.ts'
import { signedInOrRefused, signedInSchema } from '../login-answer.ts'
import { domain as identityDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'login',
  method: 'post',
  path: '/api/v1/auth/login',
  tag: 'identity',
  summary: 'Sign in with e-mail and password',
  access: 'public',
  scope: 'platform',
  body: z.strictObject({
    email: z.string().min(1).max(254),
    password: z.string().min(1).max(maxPasswordLength),
    code: z
      .string()
      .max(64)
      .exactOptional()
      .describe(
        'Of the second factor, or a recovery code; asked for by a problem of the type `…:code-needed`',
      ),
  }),
  responses: { 200: { description: 'Signed in', schema: signedInSchema } },
  needs: { identity: identityDomain },
  handle: async ({ body, address }, { identity }) =>
    signedInOrRefused(
      await identity.login(body.email, body.password, address, body.code),
      'E-mail or password is wrong.',
    ),
})
