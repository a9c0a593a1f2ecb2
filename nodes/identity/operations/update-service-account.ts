import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { serviceAccountSchema } from '../service-account.ts'
import { accountAnswer, accountRefused } from './account-answers.ts'
import { granterOf } from './parts.ts'

const { name, role } = serviceAccountSchema.shape

export const operation = defineOperation({
  id: 'updateServiceAccount',
  method: 'patch',
  path: '/api/v1/service-accounts/:id',
  tag: 'identity',
  summary: 'Rename a service account or give it another role; its keys hold, and may what the role may',
  access: 'modules:identity:service-accounts:update',
  params: z.object({ id: z.string() }),
  body: z.strictObject({ name: name.exactOptional(), role: role.exactOptional() }),
  responses: { 200: { description: 'The account as it is now', schema: accountAnswer } },
  needs: { identity: identityDomain },
  async handle({ body, orgId, params: { id }, principal }, { identity }) {
    const outcome = await identity.serviceAccounts.change(orgId, id, body, granterOf(principal))
    return outcome.kind === 'refused'
      ? accountRefused(outcome.why)
      : reply(200, { serviceAccount: outcome.account })
  },
})
