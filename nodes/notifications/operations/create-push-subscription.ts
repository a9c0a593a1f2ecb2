import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { pushSubscriptionBody, pushSubscriptionView, viewPushSubscription } from '../push-subscriptions.ts'
import { onlyPeople } from './parts.ts'

export const operation = defineOperation({
  id: 'createPushSubscription',
  method: 'post',
  path: '/api/v1/me/push-subscriptions',
  tag: 'own-notifications',
  summary: 'Tell me in this browser, too; again for the same browser it is the same subscription',
  access: 'modules:alerts:own-notifications:create',
  needs: { notifications: domain },
  body: pushSubscriptionBody,
  responses: {
    201: { description: 'The subscription', schema: z.object({ subscription: pushSubscriptionView }) },
  },
  async handle(request, { notifications: { pushes } }) {
    const userId = userIdOf(request)
    if (userId === undefined) return onlyPeople()
    const subscription = await pushes.add(request.orgId, userId, request.body)
    const location = `/api/v1/me/push-subscriptions/${subscription.id}`
    return reply(201, { subscription: viewPushSubscription(subscription) }, { location })
  },
})
