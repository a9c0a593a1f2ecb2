import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

export const operation = defineOperation({
  id: 'deleteMaintenanceWindow',
  method: 'delete',
  path: '/api/v1/maintenance-windows/:id',
  tag: 'maintenance-windows',
  summary: 'Remove a window; what it has suppressed stays so until its end',
  access: 'modules:alerts:maintenance:delete',
  needs: { alerts: domain },
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'It is gone' } },
  async handle({ orgId, params }, { alerts: { maintenance } }) {
    return (await maintenance.remove(orgId, params.id))
      ? reply(204)
      : refuse(problem(404, 'no such maintenance window'))
  },
})
