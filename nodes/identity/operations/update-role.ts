import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { roleViewSchema, wantedRoleSchema } from '../role.ts'
import { granterOf, roleRefused } from './parts.ts'

const { name, permissions } = wantedRoleSchema.shape

export const operation = defineOperation({
  id: 'updateRole',
  method: 'patch',
  path: '/api/v1/roles/:key',
  tag: 'identity',
  summary: 'Rename a role of the organization, or change what it may; whoever has it may so within a second',
  access: 'modules:identity:roles:update',
  params: z.object({ key: z.string() }),
  body: z.strictObject({ name: name.exactOptional(), permissions: permissions.exactOptional() }),
  responses: { 200: { description: 'The role as it is now', schema: z.object({ role: roleViewSchema }) } },
  needs: { identity: identityDomain },
  async handle({ body, orgId, params: { key }, principal }, { identity }) {
    const outcome = await identity.roles.change(orgId, key, body, granterOf(principal))
    return outcome.kind === 'refused' ? roleRefused(outcome.why) : reply(200, { role: outcome.role })
  },
})
