import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { toIsoTime, parseIsoTime } from '../../platform/kit/iso-time.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { deadLetterReasons } from '../dead-letter-reasons.ts'
import { kit } from '../../platform/kit/domain/need.ts'

export const operation = defineOperation({
  id: 'purgeDeadLetters',
  method: 'delete',
  path: '/api/v1/dead-letters',
  tag: 'dead-letters',
  summary: 'Throw away all dead letters, or those of a reason, a device, a time',
  access: 'modules:iot:dead-letters:delete',
  query: z.strictObject({
    reason: z.enum(deadLetterReasons).optional(),
    deviceId: z.string().optional(),
    before: z.iso.datetime({ offset: true }).optional(),
  }),
  responses: { 200: { description: 'How many went', schema: z.object({ removed: z.int() }) } },
  needs: kit('store'),
  async handle({ query: { before, deviceId, reason }, orgId }, { store }) {
    const removed = await store
      .organization(orgId)
      .collection(deadLetterCollection)
      .removeMany({
        ...(reason === undefined ? {} : { reason }),
        ...(deviceId === undefined ? {} : { deviceId }),
        ...(before === undefined ? {} : { receivedAt: { $lt: toIsoTime(parseIsoTime(before)) } }),
      })
    return reply(200, { removed })
  },
})
