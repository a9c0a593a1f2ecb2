import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { domain as identityDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'deleteSession',
  method: 'delete',
  path: '/api/v1/me/sessions/:id',
  tag: 'identity',
  summary: 'End one of my sign-ins; whoever uses it is cut off within a second',
  access: 'signed-in',
  scope: 'platform',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'Ended' } },
  needs: { identity: identityDomain },
  async handle({ params: { id }, principal }, { identity }) {
    if (principal?.kind !== 'user') return refuse(problem(403, 'Only people have sessions.'))
    const isMine = await identity.sessions.end(principal, id)
    return isMine ? reply(204) : refuse(problem(404, 'no such session'))
  },
})
