import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../../../../endpoints/operation.ts'
import { problem } from '../../../../../endpoints/problem.ts'
import { domain } from '../domain.ts'

export const operation = defineOperation({
  id: 'setTarget',
  method: 'put',
  path: '/api/v1/thermostats/:id/target',
  tag: 'thermostats',
  summary: 'Sets how warm it shall be',
  access: 'modules:thermostats:targets:update',
  needs: { thermostats: domain },
  params: z.object({ id: z.string() }),
  body: z.object({ celsius: z.number() }),
  responses: { 204: { description: 'Set' } },
  async handle({ body, orgId, params }, { thermostats }) {
    const outcome = await thermostats.setTarget(orgId, params.id, body.celsius)
    if (outcome === 'set') return reply(204)
    return outcome === 'missing' ? refuse(problem(404)) : refuse(problem(422, outcome))
  },
})
