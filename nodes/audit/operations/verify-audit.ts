import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'verifyAudit',
  method: 'get',
  path: '/api/v1/audit/verify',
  tag: 'audit',
  summary: 'Whether every entry is there and as it was written, by the hashes of the chain',
  access: 'modules:audit:entries:read',
  scope: 'optional',
  needs: { audit: domain },
  responses: {
    200: {
      description: 'What was found',
      schema: z.object({
        isIntact: z.boolean(),
        entries: z.int(),
        firstBroken: z
          .string()
          .optional()
          .describe('The id of the first entry that was changed or taken out'),
      }),
    },
  },
  async handle({ orgId }, { audit }) {
    return reply(200, await audit.verify(orgId))
  },
})
