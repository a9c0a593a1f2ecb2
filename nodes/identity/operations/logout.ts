import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'logout',
  method: 'post',
  path: '/api/v1/auth/logout',
  tag: 'identity',
  summary: 'Sign out: the refresh token and the access tokens made from it end',
  // The refresh token is the proof; an access token may have expired by now.
  access: 'public',
  scope: 'platform',
  body: z.strictObject({ refreshToken: z.string().min(1).max(256) }),
  responses: { 204: { description: 'Signed out, or was not signed in' } },
  needs: { identity: identityDomain },
  handle: async ({ body }, { identity }) => {
    await identity.logout(body.refreshToken)
    return reply(204)
  },
})
