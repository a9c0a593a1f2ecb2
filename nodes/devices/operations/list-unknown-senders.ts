import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as devicesDomain } from '../domain.ts'
import { unknownSenderView, viewUnknownSender } from '../unknown-sender.ts'

export const operation = defineOperation({
  id: 'listUnknownSenders',
  method: 'get',
  path: '/api/v1/unknown-senders',
  tag: 'devices',
  summary: 'Who was heard of without being registered, the last first; the last 200 are kept, for 30 days',
  access: 'modules:iot:devices:read',
  query: listQuery,
  responses: { 200: { description: 'A page of unknown senders', schema: listOf(unknownSenderView) } },
  needs: { devices: devicesDomain },
  async handle({ query: { cursor, limit }, orgId }, { devices }) {
    const page = await devices.unknownSenders.list(orgId, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return replyPage(
      page,
      page.items.map(({ document }) => viewUnknownSender(document)),
    )
  },
})
