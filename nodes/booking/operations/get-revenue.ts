import { z } from 'zod'
import { domain as billingDomain } from '../../billing/domain.ts'
import { dayStartIn } from '../../billing/fiscal.ts'
import { spanFilter } from '../../billing/operations/parts.ts'
import { revenueBy } from '../../billing/revenue.ts'
import { domain } from '../domain.ts'
import { timeZoneOf } from '../../identity/organization.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'

const dayLength = '2026-03-02'.length
/** An instant, or a day: its beginning where the organization is. */
const boundary = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).optional()

const itemView = z.object({
  day: z.string().optional(),
  site: z.string().optional(),
  pod: z.string().optional(),
  credits: z.int(),
})

export const operation = defineOperation({
  id: 'getRevenue',
  method: 'get',
  path: '/api/v1/revenue',
  tag: 'ledger',
  summary:
    'Credits earned with bookings, less what was given back, by day (where the organization is), site (the address of pods) or pod',
  access: 'modules:billing:revenue:read',
  needs: { ...kit('store'), billing: billingDomain, booking: domain },
  query: z.object({ from: boundary, to: boundary, by: z.enum(['day', 'site', 'pod']).default('day') }),
  responses: { 200: { description: 'Those that earned something', schema: listOf(itemView) } },
  async handle({ orgId, query }, { billing, booking, store }) {
    const { by } = query
    const timeZone = await timeZoneOf(store, orgId)
    const [from, to] = [query.from, query.to].map((time) =>
      time?.length === dayLength ? toIsoTime(dayStartIn(time, timeZone)) : time,
    )
    const filter = { kind: { $in: ['charge', 'overstay', 'refund'] }, ...spanFilter({ from, to }) }
    const entries = billing.ledger.everyEntry(orgId, filter)
    const earned = await revenueBy(entries, by === 'day' ? 'day' : 'pod', timeZone)
    if (by !== 'site')
      return reply(200, { items: [...earned].map(([key, credits]) => ({ [by]: key, credits })) })
    const bySite = new Map<string, number>()
    for (const [podId, credits] of earned) {
      const site = (await booking.pods.get(orgId, podId))?.address ?? ''
      bySite.set(site, (bySite.get(site) ?? 0) + credits)
    }
    return reply(200, { items: [...bySite].map(([site, credits]) => ({ site, credits })) })
  },
})
