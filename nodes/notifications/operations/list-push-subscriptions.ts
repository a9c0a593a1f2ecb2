import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { domain } from '../domain.ts'
import { pushSubscriptionView, viewPushSubscription } from '../push-subscriptions.ts'
import { onlyPeople } from './parts.ts'

export const operation = defineOperation({
  id: 'listPushSubscriptions',
  method: 'get',
  path: '/api/v1/me/push-subscriptions',
  tag: 'own-notifications',
  summary: 'The browsers in which I am told, and the key to subscribe another with',
  access: 'modules:alerts:own-notifications:read',
  needs: { notifications: domain },
  responses: {
    200: {
      description: 'The newest first; publicKey is the applicationServerKey of PushManager.subscribe()',
      schema: z.object({ items: z.array(pushSubscriptionView), publicKey: z.string() }),
    },
  },
  async handle(request, { notifications: { publicPushKey: publicKey, pushes } }) {
    const userId = userIdOf(request)
    if (userId === undefined) return onlyPeople()
    const items = (await pushes.of(request.orgId, userId)).map(viewPushSubscription)
    return reply(200, { items, publicKey })
  },
})
