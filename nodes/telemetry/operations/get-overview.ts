import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { domain as telemetryDomain } from '../domain.ts'

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
  needs: { ...kit('clock', 'store'), devices: devicesDomain, telemetry: telemetryDomain },
  async handle({ orgId }, { clock, devices, store, telemetry }) {
    let total = 0
    for (const { orgId: owner } of devices.directory.all()) if (owner === orgId) total += 1
    const { messagesPerSecond, readingsStored, sinceMs } = telemetry.traffic.of(orgId, clock.nowMs())
    const deadLettersOpen = await store
      .organization(orgId)
      .collection(deadLetterCollection)
      .count({ replayedAt: null })
    return reply(200, {
      devices: { total, online: await devices.states.countOnline(orgId) },
      messagesPerSecond,
      readingsStored,
      readingsStoredSince: toIsoTime(sinceMs),
      deadLettersOpen,
    })
  },
})
