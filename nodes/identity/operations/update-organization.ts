import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem, unreadable } from '../../platform/kit/endpoints/problem.ts'
import { organizationCollection, organizationSchema } from '../organization.ts'
import { domain as identityDomain } from '../domain.ts'
import { organizationsOf } from './parts.ts'
import { kit } from '../../platform/kit/domain/need.ts'

const { companyId, name, retention, timeZone } = organizationSchema.shape

export const operation = defineOperation({
  id: 'updateOrganization',
  method: 'patch',
  path: '/api/v1/organizations/:id',
  tag: 'identity',
  summary: 'Rename an organization, change how long its readings stay in the series, or where it is',
  access: 'modules:identity:organizations:update',
  scope: 'platform',
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    name: name.optional(),
    /** Replaces what was set before; null takes it away. */
    retention: retention.nullable(),
    /** Where its days and months of accounts end: statements, revenue. */
    timeZone,
    /** For platform admins; null takes it out of its company. */
    companyId: companyId.nullable(),
  }),
  responses: { 200: { description: 'The organization as it is now', schema: organizationSchema } },
  needs: { ...kit('store'), identity: identityDomain },
  async handle({ params: { id }, body, principal }, { identity, store }) {
    if (body.companyId !== undefined && principal?.orgId !== undefined)
      return refuse(unreadable('body.companyId', 'is for platform admins to change'))
    const organizations = store.platform(organizationCollection)
    const isOwn = (await organizations.count({ $and: [{ id }, organizationsOf(principal)] })) > 0
    if (!isOwn) return refuse(problem(404, 'no such organization'))
    if (typeof body.companyId === 'string' && !(await identity.hasCompany(body.companyId)))
      return refuse(invalid('body.companyId', 'there is no such company'))
    const outcome = await organizations.update(id, (before) => {
      const { companyId: company, retention: kept, ...rest } = before
      const nextRetention = body.retention === undefined ? kept : (body.retention ?? undefined)
      const nextCompany = body.companyId === undefined ? company : (body.companyId ?? undefined)
      return {
        ...rest,
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.timeZone === undefined ? {} : { timeZone: body.timeZone }),
        ...(nextRetention === undefined ? {} : { retention: nextRetention }),
        ...(nextCompany === undefined ? {} : { companyId: nextCompany }),
      }
    })
    if (outcome.kind === 'replaced') {
      if (body.companyId !== undefined) identity.companiesChanged()
      return reply(200, outcome.stored.document)
    }
    if (outcome.kind === 'duplicate')
      return refuse(conflict('body.name', 'an organization with this name exists'))
    return refuse(problem(404, 'no such organization'))
  },
})
