import { z } from 'zod'
import { listOf, listQuery } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import type { Filter } from '../../platform/store/port.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { droppedCollection } from '../dead-letter-keeper.ts'
import { type DeadLetter, deadLetterSchema } from '../dead-letter.ts'
import { deadLetterReasons } from '../dead-letter-reasons.ts'
import { kit } from '../../platform/kit/domain/need.ts'

const pageBytes = 4 * 1024 * 1024
const lettersAtOnce = 10

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
  responses: {
    200: {
      description: 'A page of dead letters',
      schema: listOf(deadLetterSchema).extend({
        /** How many were thrown away, ever, because they were too old or too many; absent while none was. */
        dropped: z.object({ letters: z.int(), lastAt: z.iso.datetime() }).optional(),
      }),
    },
  },
  needs: kit('store'),
  async handle({ query: { reason, deviceId, replayed, limit, cursor }, orgId }, { store }) {
    const filter: Filter = {
      ...(reason === undefined ? {} : { reason }),
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(replayed === undefined ? {} : { replayedAt: replayed === 'true' ? { $ne: null } : null }),
    }
    const letters = store.organization(orgId).collection(deadLetterCollection)
    const items: DeadLetter[] = []
    let next = cursor
    let bytes = 0
    // A letter may be as large as what devices may send: a page ends where it gets heavy, whatever limit was asked for.
    do {
      const page = await letters.find(filter, {
        sort: [{ path: 'receivedAt', direction: 'descending' }],
        limit: Math.min(limit - items.length, lettersAtOnce),
        ...(next === undefined ? {} : { cursor: next }),
      })
      for (const { document } of page.items) {
        items.push(document)
        bytes += document.payloadBytes
      }
      next = page.nextCursor
    } while (next !== undefined && items.length < limit && bytes < pageBytes)
    const gone = (await store.organization(orgId).collection(droppedCollection).get('dropped'))?.document
    return reply(200, {
      items,
      ...(next === undefined ? {} : { nextCursor: next }),
      ...(gone === undefined ? {} : { dropped: { letters: gone.letters, lastAt: gone.lastAt } }),
    })
  },
})
