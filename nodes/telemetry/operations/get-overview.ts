import { z } from 'zod'
import { defineOperation, reply } from '../../http/operation.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'

export const overviewView = z.object({
  devices: z.object({ total: z.int(), online: z.int() }),
  /** Stored messages, average of the last minute. */
  messagesPerSecond: z.number(),
  readingsStored: z.int(),
  /** When the count of readings began: at the start of the platform. */
  readingsStoredSince: z.iso.datetime(),
  /** Dead letters that nobody has replayed. */
  deadLettersOpen: z.int(),
})
export type OverviewView = z.output<typeof overviewView>

export const operation = defineOperation({
  id: 'getOverview',
  method: 'get',
  path: '/api/v1/overview',
  tag: 'devices',
  summary: 'How the fleet is doing, in a few numbers',
  access: 'modules:iot:devices:read',
  responses: { 200: { description: 'The numbers', schema: overviewView } },
  async handle({ orgId }, { clock, deviceStates, directory, store, traffic }) {
    let total = 0
    for (const { orgId: owner } of directory.all()) if (owner === orgId) total += 1
    const { messagesPerSecond, readingsStored, sinceMs } = traffic.of(orgId, clock.nowMs())
    const deadLettersOpen = await store
      .organization(orgId)
      .collection(deadLetterCollection)
      .count({ replayedAt: null })
    return reply(200, {
      devices: { total, online: await deviceStates.countOnline(orgId) },
      messagesPerSecond,
      readingsStored,
      readingsStoredSince: toIsoTime(sinceMs),
      deadLettersOpen,
    })
  },
})
