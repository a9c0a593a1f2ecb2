import { z } from 'zod'
import { domain } from '../domain.ts'
import { blockView, viewBlock } from '../pods.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchPod } from './parts.ts'

export const operation = defineOperation({
  id: 'listBlocks',
  method: 'get',
  path: '/api/v1/pods/:id/blocks',
  tag: 'pods',
  summary: 'When a pod is kept free of bookings',
  access: 'modules:booking:blocks:read',
  needs: { booking: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'By their beginning', schema: listOf(blockView) } },
  async handle({ orgId, params }, { booking }) {
    if ((await booking.pods.get(orgId, params.id)) === undefined) return noSuchPod()
    const blocks = await booking.pods.blocksOf(orgId, params.id)
    return reply(200, { items: blocks.map(viewBlock) })
  },
})
