import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchChannel } from './parts.ts'

export const operation = defineOperation({
  id: 'deleteChannel',
  method: 'delete',
  path: '/api/v1/channels/:key',
  tag: 'channels',
  summary: 'Remove a channel; what is on its way there fails',
  access: 'modules:alerts:channels:delete',
  needs: { notifications: domain },
  params: z.object({ key: z.string() }),
  responses: { 204: { description: 'It is gone' } },
  async handle({ orgId, params }, { notifications: { channels } }) {
    return (await channels.remove(orgId, params.key)) ? reply(204) : noSuchChannel()
  },
})
