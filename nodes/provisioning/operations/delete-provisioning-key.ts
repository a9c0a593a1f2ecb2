import { z } from 'zod'
import { domain } from '../domain.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'

export const operation = defineOperation({
  id: 'deleteProvisioningKey',
  method: 'delete',
  path: '/api/v1/provisioning-keys/:id',
  tag: 'provisioning',
  summary: 'Revoke a key: it brings in no more devices; those that it has brought in stay',
  access: 'modules:iot:provisioning-keys:delete',
  needs: { provisioning: domain },
  params: z.object({ id: z.string() }),
  responses: { 204: { description: 'Revoked' } },
  async handle({ orgId, params }, { provisioning }) {
    const isRemoved = await provisioning.removeKey(orgId, params.id)
    return isRemoved ? reply(204) : refuse(problem(404, 'no such provisioning key'))
  },
})
