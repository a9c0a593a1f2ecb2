import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, problem } from '../../platform/kit/endpoints/problem.ts'
import { organizationCollection, organizationSchema } from '../organization.ts'
import { kit } from '../../platform/kit/domain/need.ts'

const { name, retention } = organizationSchema.shape

export const operation = defineOperation({
  id: 'updateOrganization',
  method: 'patch',
  path: '/api/v1/organizations/:id',
  tag: 'identity',
  summary: 'Rename an organization, or change how long its readings stay in the series',
  access: 'modules:identity:organizations:update',
  scope: 'platform',
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    name: name.optional(),
    /** Replaces what was set before; null takes it away. */
    retention: retention.nullable(),
  }),
  responses: { 200: { description: 'The organization as it is now', schema: organizationSchema } },
  needs: kit('store'),
  async handle({ params: { id }, body }, { store }) {
    const outcome = await store.platform(organizationCollection).update(id, (before) => {
      const { retention: kept, ...rest } = before
      const next = body.retention === undefined ? kept : (body.retention ?? undefined)
      return {
        ...rest,
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(next === undefined ? {} : { retention: next }),
      }
    })
    if (outcome.kind === 'replaced') return reply(200, outcome.stored.document)
    if (outcome.kind === 'duplicate')
      return refuse(conflict('body.name', 'an organization with this name exists'))
    return refuse(problem(404, 'no such organization'))
  },
})
