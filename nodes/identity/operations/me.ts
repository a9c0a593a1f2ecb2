import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { userViewSchema } from '../user.ts'
import { domain as identityDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'getMe',
  method: 'get',
  path: '/api/v1/me',
  tag: 'identity',
  summary: 'Who I am and what I may do',
  access: 'signed-in',
  scope: 'platform',
  responses: {
    200: {
      description: 'The signed-in user',
      schema: userViewSchema.extend({ permissions: z.array(z.string()) }),
    },
  },
  needs: { identity: identityDomain },
  handle: async ({ principal }, { identity }) => {
    if (principal?.kind !== 'user') return refuse(problem(403, 'Only people have a profile.'))
    const user = await identity.user(principal.userId)
    if (user === undefined) return refuse(problem(401))
    return reply(200, { ...user, permissions: principal.permissions })
  },
})
