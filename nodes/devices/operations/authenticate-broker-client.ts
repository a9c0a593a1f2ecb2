import { z } from 'zod'
import { defineOperation, reply } from '../../http/operation.ts'

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
  handle({ body: { clientid, password, username } }, { brokerAccess }) {
    const isAllowed = brokerAccess.mayConnect(username, password, clientid)
    return Promise.resolve(
      reply(200, {
        result: isAllowed ? 'allow' : 'deny',
        is_superuser: isAllowed && brokerAccess.isPlatform(username),
      }),
    )
  },
})
