import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { roleViewSchema, wantedRoleSchema } from '../role.ts'
import { granterOf, roleRefused } from './parts.ts'

export const operation = defineOperation({
  id: 'createRole',
  method: 'post',
  path: '/api/v1/roles',
  tag: 'identity',
  summary: 'Make a role of permissions, none of which you do not hold yourself',
  access: 'modules:identity:roles:create',
  body: wantedRoleSchema,
  responses: { 201: { description: 'Made', schema: z.object({ role: roleViewSchema }) } },
  needs: { identity: identityDomain },
  async handle({ body, orgId, principal }, { identity }) {
    const outcome = await identity.roles.create(orgId, body, granterOf(principal))
    if (outcome.kind === 'refused') return roleRefused(outcome.why)
    return reply(201, { role: outcome.role }, { Location: `/api/v1/roles/${outcome.role.key}` })
  },
})
