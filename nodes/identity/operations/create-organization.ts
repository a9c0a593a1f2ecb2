import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict } from '../../platform/kit/endpoints/problem.ts'
import { domain as identityDomain } from '../domain.ts'
import { organizationSchema, wantedOrganizationSchema } from '../organization.ts'

export const operation = defineOperation({
  id: 'createOrganization',
  method: 'post',
  path: '/api/v1/organizations',
  tag: 'identity',
  summary: 'Add an organization (a tenant)',
  access: 'modules:identity:organizations:create',
  scope: 'platform',
  body: wantedOrganizationSchema,
  responses: { 201: { description: 'Added', schema: organizationSchema } },
  needs: { identity: identityDomain },
  async handle({ body }, { identity }) {
    const created = await identity.createOrganization(body)
    if (created.kind === 'created') return reply(201, created.organization)
    const { field } = created
    return refuse(conflict(`body.${field}`, `an organization with this ${field} exists`))
  },
})
