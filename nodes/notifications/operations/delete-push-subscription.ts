import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { noSuchPushSubscription } from './parts.ts'

export const operation = defineOperation({
  id: 'deletePushSubscription',
  method: 'delete',
  path: '/api/v1/me/push-subscriptions/:subscriptionId',
  tag: 'own-notifications',
  summary: 'Tell me no more in that browser; what is on its way there fails',
  access: 'modules:alerts:own-notifications:delete',
  needs: { notifications: domain },
  params: z.object({ subscriptionId: z.string() }),
  responses: { 204: { description: 'It is gone' } },
  async handle(request, { notifications: { pushes } }) {
    const userId = userIdOf(request)
    const { orgId, params } = request
    const isGone = userId !== undefined && (await pushes.remove(orgId, userId, params.subscriptionId))
    return isGone ? reply(204) : noSuchPushSubscription()
  },
})
