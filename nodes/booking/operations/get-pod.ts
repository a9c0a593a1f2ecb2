import { z } from 'zod'
import { domain } from '../domain.ts'
import { podView, viewPod } from '../pod.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchPod } from './parts.ts'

export const operation = defineOperation({
  id: 'getPod',
  method: 'get',
  path: '/api/v1/pods/:id',
  tag: 'pods',
  summary: 'A pod: where it is, when it is open, what it costs',
  access: 'modules:booking:pods:read',
  needs: { booking: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'The pod', schema: z.object({ pod: podView }) } },
  async handle({ orgId, params }, { booking }) {
    const pod = await booking.pods.get(orgId, params.id)
    return pod === undefined ? noSuchPod() : reply(200, { pod: viewPod(pod) })
  },
})
