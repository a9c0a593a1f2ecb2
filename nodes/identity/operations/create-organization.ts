import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem, unreadable } from '../../platform/kit/endpoints/problem.ts'
import { domain as identityDomain } from '../domain.ts'
import { organizationSchema, wantedOrganizationSchema } from '../organization.ts'

export const operation = defineOperation({
  id: 'createOrganization',
  method: 'post',
  path: '/api/v1/organizations',
  tag: 'identity',
  summary: 'Add an organization (a tenant); a company admin adds it to the own company',
  access: 'modules:identity:organizations:create',
  scope: 'platform',
  body: wantedOrganizationSchema,
  responses: { 201: { description: 'Added', schema: organizationSchema } },
  needs: { identity: identityDomain },
  async handle({ body, principal }, { identity }) {
    const isEverywhere = principal?.orgId === undefined
    const companyId = principal?.kind === 'user' ? principal.companyId : undefined
    if (!isEverywhere && companyId === undefined)
      return refuse(problem(403, 'your organization belongs to no company that could have another'))
    if (!isEverywhere && body.companyId !== undefined && body.companyId !== companyId)
      return refuse(unreadable('body.companyId', 'can only be your own company'))
    if (!isEverywhere && body.isolation === 'dedicated')
      return refuse(unreadable('body.isolation', 'is for platform admins to choose'))
    const created = await identity.createOrganization(isEverywhere ? body : { ...body, companyId })
    if (created.kind === 'no-company') return refuse(invalid('body.companyId', 'there is no such company'))
    if (created.kind === 'no-database')
      return refuse(invalid('body.isolation', 'this store has one database for all organizations'))
    if (created.kind === 'created') {
      const { organization } = created
      return reply(201, organization, { Location: `/api/v1/organizations/${organization.id}` })
    }
    const { field } = created
    return refuse(conflict(`body.${field}`, `an organization with this ${field} exists`))
  },
})
