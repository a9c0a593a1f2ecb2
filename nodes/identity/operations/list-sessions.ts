import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { domain as identityDomain } from '../domain.ts'
import { sessionViewSchema } from '../session-view.ts'

export const operation = defineOperation({
  id: 'listSessions',
  method: 'get',
  path: '/api/v1/me/sessions',
  tag: 'identity',
  summary: 'Where I am signed in: browser sessions and apps, newest first',
  access: 'signed-in',
  scope: 'platform',
  responses: { 200: { description: 'All of them', schema: z.object({ items: z.array(sessionViewSchema) }) } },
  needs: { identity: identityDomain },
  async handle({ principal }, { identity }) {
    if (principal?.kind !== 'user') return refuse(problem(403, 'Only people have sessions.'))
    return reply(200, { items: await identity.sessions.list(principal) })
  },
})
