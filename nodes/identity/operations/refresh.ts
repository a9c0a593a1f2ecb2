import { z } from 'zod'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { signedInOrRefused, signedInSchema } from '../login-answer.ts'
import { domain as identityDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'refreshTokens',
  method: 'post',
  path: '/api/v1/auth/refresh',
  tag: 'identity',
  summary: 'Exchange a refresh token for new tokens; it can be used once',
  access: 'public',
  scope: 'platform',
  body: z.strictObject({ refreshToken: z.string().min(1).max(256) }),
  responses: { 200: { description: 'New tokens', schema: signedInSchema } },
  needs: { identity: identityDomain },
  handle: async ({ body }, { identity }) =>
    signedInOrRefused(
      await identity.refresh(body.refreshToken),
      'The refresh token is not valid any more. Sign in again.',
    ),
})
