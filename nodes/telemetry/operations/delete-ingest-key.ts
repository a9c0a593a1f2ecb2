import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { domain as telemetryDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'deleteIngestKey',
  method: 'delete',
  path: '/api/v1/ingest-keys/:id',
  tag: 'ingest-keys',
  summary: 'Revokes a key: from now on it is refused',
  access: 'modules:iot:ingest-keys:delete',
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'Revoked' } },
  needs: { telemetry: telemetryDomain },
  async handle({ params, orgId }, { telemetry }) {
    const isRevoked = await telemetry.ingestKeys.revoke(orgId, params.id)
    return isRevoked ? reply(204) : refuse(problem(404, 'no such key'))
  },
})
