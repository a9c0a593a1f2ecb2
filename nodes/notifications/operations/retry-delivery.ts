import { z } from 'zod'
import { deliveryView, viewDelivery } from '../delivery.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchDelivery } from './parts.ts'

export const operation = defineOperation({
  id: 'retryDelivery',
  method: 'post',
  path: '/api/v1/deliveries/:id/retry',
  tag: 'deliveries',
  summary: 'Send again, at once, what failed or waits; the receiver knows it by the same id',
  access: 'modules:alerts:deliveries:retry',
  needs: { notifications: domain },
  params: z.object({ id: z.string() }),
  responses: {
    200: { description: 'The delivery as it is now', schema: z.object({ delivery: deliveryView }) },
  },
  async handle({ orgId, params }, { notifications: { deliveries } }) {
    const delivery = await deliveries.retry(orgId, params.id)
    return delivery === undefined ? noSuchDelivery() : reply(200, { delivery: viewDelivery(delivery) })
  },
})
