import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { noSuchPod } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteBlock',
  method: 'delete',
  path: '/api/v1/pods/:id/blocks/:blockId',
  tag: 'pods',
  summary: 'Let a pod be booked again at a time when it was blocked',
  access: 'modules:booking:blocks:delete',
  needs: { booking: domain },
  params: z.object({ id: z.string(), blockId: z.string() }),
  responses: { 204: { description: 'It can be booked again' } },
  async handle({ orgId, params: { blockId, id } }, { booking: { blocks, pods } }) {
    if ((await pods.get(orgId, id)) === undefined) return noSuchPod()
    return (await blocks.remove(orgId, id, blockId)) ? reply(204) : refuse(problem(404, 'no such block'))
  },
})
