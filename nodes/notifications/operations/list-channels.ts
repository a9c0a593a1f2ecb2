import { channelView, viewChannel } from '../channel.ts'
import { domain } from '../domain.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'listChannels',
  method: 'get',
  path: '/api/v1/channels',
  tag: 'channels',
  summary: 'Channels, the oldest first, without their secrets',
  access: 'modules:alerts:channels:read',
  needs: { notifications: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of channels', schema: listOf(channelView) } },
  async handle({ orgId, query }, { notifications: { channels } }) {
    const page = await channels.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewChannel(document)),
    )
  },
})
