import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { serviceAccountSchema } from '../service-account.ts'
import { accountAnswer, accountRefused } from './account-answers.ts'
import { granterOf } from './parts.ts'

const { name, role } = serviceAccountSchema.shape

export const operation = defineOperation({
  id: 'createServiceAccount',
  method: 'post',
  path: '/api/v1/service-accounts',
  tag: 'identity',
  summary: 'Add a service account with a role up to your own; it can do nothing until it has a key',
  access: 'modules:identity:service-accounts:create',
  body: z.strictObject({ name, role }),
  responses: { 201: { description: 'Added', schema: accountAnswer } },
  needs: { identity: identityDomain },
  async handle({ body, orgId, principal }, { identity }) {
    const outcome = await identity.serviceAccounts.create(orgId, body.name, body.role, granterOf(principal))
    if (outcome.kind === 'refused') return accountRefused(outcome.why)
    const { account } = outcome
    return reply(201, { serviceAccount: account }, { Location: `/api/v1/service-accounts/${account.id}` })
  },
})
