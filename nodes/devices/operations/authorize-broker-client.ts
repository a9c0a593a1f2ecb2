import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'authorizeBrokerClient',
  method: 'post',
  path: '/api/v1/broker/authorize',
  tag: 'devices',
  summary: 'A broker asks whether a client may publish or subscribe; the answer is in the words of EMQX 5',
  access: 'modules:broker:access:decide',
  scope: 'platform',
  body: z.strictObject({
    username: z.string().max(256).default(''),
    action: z.enum(['publish', 'subscribe']),
    topic: z.string().max(65_535),
  }),
  responses: {
    200: { description: 'The decision', schema: z.object({ result: z.enum(['allow', 'deny']) }) },
  },
  needs: { devices: devicesDomain },
  handle({ body: { action, topic, username } }, { devices }) {
    return Promise.resolve(
      reply(200, { result: devices.access.mayUse(username, action, topic) ? 'allow' : 'deny' }),
    )
  },
})
