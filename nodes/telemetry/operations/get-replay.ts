import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { replayCollection, replaySchema, viewReplay } from '../replay-job.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'getReplay',
  method: 'get',
  path: '/api/v1/replays/:id',
  tag: 'replays',
  summary: 'One replay and how far it is',
  access: 'modules:iot:replays:read',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The replay', schema: replaySchema } },
  needs: kit('store'),
  async handle({ params, orgId }, { store }) {
    const stored = await store.organization(orgId).collection(replayCollection).get(params.id)
    return stored === undefined
      ? refuse(problem(404, 'no such replay'))
      : reply(200, viewReplay(stored.document))
  },
})
