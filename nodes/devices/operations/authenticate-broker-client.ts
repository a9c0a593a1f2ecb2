import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'authenticateBrokerClient',
  method: 'post',
  path: '/api/v1/broker/authenticate',
  tag: 'devices',
  summary: 'A broker asks whether somebody may connect; the answer is in the words of EMQX 5',
  access: 'modules:broker:access:decide',
  scope: 'platform',
  body: z.strictObject({
    username: z.string().max(256).default(''),
    password: z.string().max(4096).default(''),
    clientid: z.string().max(1024).default(''),
  }),
  responses: {
    200: {
      description: 'The decision',
      schema: z.object({ result: z.enum(['allow', 'deny']), is_superuser: z.boolean() }),
    },
  },
  needs: { devices: devicesDomain },
  async handle({ body: { clientid, password, username } }, { devices }) {
    const isAllowed = await devices.access.mayConnect(username, password, clientid)
    return reply(200, {
      result: isAllowed ? 'allow' : 'deny',
      is_superuser: isAllowed && devices.access.isPlatform(username),
    })
  },
})
