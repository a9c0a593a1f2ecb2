import { z } from 'zod'
import { deliveryView, viewDelivery } from '../delivery.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchChannel } from './parts.ts'

export const operation = defineOperation({
  id: 'testChannel',
  method: 'post',
  path: '/api/v1/channels/:key/test',
  tag: 'channels',
  summary: 'Send a test message; the delivery tells what becomes of it',
  access: 'modules:alerts:channels:test',
  needs: { notifications: domain },
  params: z.object({ key: z.string() }),
  responses: { 202: { description: 'It is on its way', schema: z.object({ delivery: deliveryView }) } },
  async handle({ orgId, params }, { notifications }) {
    const delivery = await notifications.test(orgId, params.key)
    return delivery === undefined ? noSuchChannel() : reply(202, { delivery: viewDelivery(delivery) })
  },
})
