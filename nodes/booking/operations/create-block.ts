import { z } from 'zod'
import { domain } from '../domain.ts'
import { blockView, viewBlock } from '../pods.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { actorOf } from '../../platform/kit/endpoints/owner.ts'
import { conflict, invalid } from '../../platform/kit/endpoints/problem.ts'
import { instantSchema, msOf, noSuchPod } from './parts.ts'

const maxMs = 366 * 86_400_000

export const operation = defineOperation({
  id: 'createBlock',
  method: 'post',
  path: '/api/v1/pods/:id/blocks',
  tag: 'pods',
  summary: 'Keep a pod free of bookings for a time, for maintenance say; not while it is booked',
  access: 'modules:booking:blocks:create',
  needs: { ...kit('secrets'), booking: domain },
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    from: instantSchema,
    to: instantSchema,
    reason: z.string().trim().min(1).max(500),
  }),
  responses: { 201: { description: 'It is blocked', schema: z.object({ block: blockView }) } },
  async handle(request, { booking: { blocks, pods }, secrets }) {
    const { body, orgId, params } = request
    if ((await pods.get(orgId, params.id)) === undefined) return noSuchPod()
    const span = { fromMs: msOf(body.from), toMs: msOf(body.to) }
    if (!(span.fromMs < span.toMs)) return refuse(invalid('body.to', 'is not after the beginning'))
    if (span.toMs - span.fromMs > maxMs) return refuse(invalid('body.to', 'is more than a year later'))
    const id = secrets.newId()
    const wanted = { id, podId: params.id, ...span, reason: body.reason }
    const block = await blocks.make(orgId, wanted, actorOf(request))
    if (block === undefined) return refuse(conflict('body.from', 'The pod is booked or blocked then.'))
    const location = `/api/v1/pods/${encodeURIComponent(params.id)}/blocks/${id}`
    return reply(201, { block: viewBlock(block) }, { location })
  },
})
