import { defineOperation, refuse, reply } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { organizationCollection, organizationSchema } from '../organization.ts'

export const operation = defineOperation({
  id: 'createOrganization',
  method: 'post',
  path: '/api/v1/organizations',
  tag: 'identity',
  summary: 'Add an organization (a tenant)',
  access: 'modules:identity:organizations:create',
  scope: 'platform',
  body: organizationSchema.omit({ createdAt: true }).partial({ id: true }),
  responses: { 201: { description: 'Added', schema: organizationSchema } },
  async handle({ body }, { clock, secrets, store }) {
    const inserted = await store.platform(organizationCollection).insert({
      id: body.id ?? secrets.newId(),
      name: body.name,
      createdAt: toIsoTime(clock.nowMs()),
      ...(body.retention === undefined ? {} : { retention: body.retention }),
    })
    if (inserted.kind === 'inserted') return reply(201, inserted.stored.document)
    const message = `an organization with this ${inserted.key} exists`
    return refuse(problem(409, message, [{ path: `body.${inserted.key}`, message }]))
  },
})
