import { z } from 'zod'
import { listOf, listQuery } from '../../http/list.ts'
import { defineOperation, reply } from '../../http/operation.ts'
import type { Filter } from '../../platform/store/port.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { deadLetterReasons, deadLetterSchema } from '../dead-letter.ts'

export const operation = defineOperation({
  id: 'listDeadLetters',
  method: 'get',
  path: '/api/v1/dead-letters',
  tag: 'dead-letters',
  summary: 'Input that could not be used, newest first, with its bytes',
  access: 'modules:iot:dead-letters:read',
  query: listQuery.extend({
    reason: z.enum(deadLetterReasons).optional(),
    deviceId: z.string().optional(),
    replayed: z.enum(['true', 'false']).optional(),
  }),
  responses: { 200: { description: 'A page of dead letters', schema: listOf(deadLetterSchema) } },
  async handle({ query: { reason, deviceId, replayed, limit, cursor }, orgId }, { store }) {
    const filter: Filter = {
      ...(reason === undefined ? {} : { reason }),
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(replayed === undefined ? {} : { replayedAt: replayed === 'true' ? { $ne: null } : null }),
    }
    const page = await store
      .organization(orgId)
      .collection(deadLetterCollection)
      .find(filter, {
        sort: [{ path: 'receivedAt', direction: 'descending' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      })
    return reply(200, {
      items: page.items.map(({ document }) => document),
      ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
    })
  },
})
