import { z } from 'zod'
import { domain } from '../domain.ts'
import { organizationCollection } from '../../identity/organization.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { bytesOf } from '../storage-decider.ts'

const usageSchema = z.object({
  storageBytes: z.int(),
  /** What that consists of, bytes. */
  storage: z.object({ documents: z.int(), series: z.int(), archive: z.int() }),
  measuredAt: z.iso.datetime(),
  /** It holds more than it may, and nothing more is taken in. */
  isStorageFull: z.boolean(),
})

export const operation = defineOperation({
  id: 'getQuotaUsage',
  method: 'get',
  path: '/api/v1/organizations/:id/quotas/usage',
  tag: 'quotas',
  summary: 'What an organization holds, as it was measured last',
  access: 'modules:platform:quotas:read',
  scope: 'platform',
  needs: { ...kit('store'), quotas: domain },
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'What it holds', schema: usageSchema } },
  async handle({ params: { id } }, { quotas, store }) {
    if ((await store.platform(organizationCollection).get(id)) === undefined)
      return refuse(problem(404, 'no such organization'))
    const { archive, documents, isOver, measuredAtMs, series } = await quotas.storage.of(id)
    return reply(200, {
      storageBytes: bytesOf({ archive, documents, series }),
      storage: { documents, series, archive },
      measuredAt: toIsoTime(measuredAtMs),
      isStorageFull: isOver,
    })
  },
})
