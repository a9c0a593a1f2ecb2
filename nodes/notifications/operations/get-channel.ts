import { z } from 'zod'
import { channelView, viewChannel } from '../channel.ts'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { noSuchChannel } from './parts.ts'

export const operation = defineOperation({
  id: 'getChannel',
  method: 'get',
  path: '/api/v1/channels/:key',
  tag: 'channels',
  summary: 'One channel, without its secrets',
  access: 'modules:alerts:channels:read',
  needs: { notifications: domain },
  params: z.object({ key: z.string() }),
  responses: { 200: { description: 'The channel', schema: z.object({ channel: channelView }) } },
  async handle({ orgId, params }, { notifications: { channels } }) {
    const channel = await channels.get(orgId, params.key)
    return channel === undefined ? noSuchChannel() : reply(200, { channel: viewChannel(channel) })
  },
})
