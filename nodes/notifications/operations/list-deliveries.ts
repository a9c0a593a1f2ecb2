import { z } from 'zod'
import { deliveryStatuses, deliveryView, viewDelivery } from '../delivery.ts'
import { domain } from '../domain.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listDeliveries',
  method: 'get',
  path: '/api/v1/deliveries',
  tag: 'deliveries',
  summary: 'What was sent, to which channel, and what became of it; the newest first',
  access: 'modules:alerts:deliveries:read',
  needs: { notifications: domain },
  query: listQuery.extend({
    alertId: z.string().max(300).optional(),
    status: z.enum(deliveryStatuses).optional(),
  }),
  responses: { 200: { description: 'A page of deliveries', schema: listOf(deliveryView) } },
  async handle({ orgId, query }, { notifications: { deliveries } }) {
    const page = await deliveries.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewDelivery(document)),
    )
  },
})
