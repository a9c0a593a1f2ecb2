import { z } from 'zod'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { managedUserSchema, toManagedUser } from '../user.ts'
import { managerOf } from './user-answers.ts'

export const operation = defineOperation({
  id: 'listUsers',
  method: 'get',
  path: '/api/v1/users',
  tag: 'identity',
  summary:
    'List users of the organization, by e-mail; all of the platform for a platform admin who names none',
  access: 'modules:identity:users:read',
  scope: 'optional',
  query: listQuery.extend({ role: z.string().max(64).optional() }),
  responses: { 200: { description: 'A page of users', schema: listOf(managedUserSchema) } },
  needs: { identity: identityDomain },
  async handle({ orgId, principal, query: { cursor, limit, role } }, { identity }) {
    const page = await identity.users.list(managerOf(principal, orgId), role === undefined ? {} : { role }, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return replyPage(
      page,
      page.items.map(({ document }) => toManagedUser(document)),
    )
  },
})
