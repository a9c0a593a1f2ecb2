import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import { domain as identityDomain } from '../domain.ts'
import { apiKeyView } from '../service-account.ts'
import { accountRefused } from './account-answers.ts'
import { granterOf } from './parts.ts'

export const operation = defineOperation({
  id: 'createApiKey',
  method: 'post',
  path: '/api/v1/service-accounts/:id/keys',
  tag: 'identity',
  summary:
    'Make a key for a service account, sent as `Authorization: Bearer {secret}`; the secret is shown this once',
  access: 'modules:identity:service-accounts:update',
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    name: z.string().min(1).max(100),
    expiresAt: z.iso.datetime({ offset: true }).optional().describe('A year from now if left out'),
  }),
  responses: { 201: { description: 'Made', schema: z.object({ key: apiKeyView, secret: z.string() }) } },
  needs: { identity: identityDomain },
  async handle({ body: { expiresAt, name }, orgId, params: { id }, principal }, { identity }) {
    const expiresAtMs = expiresAt === undefined ? undefined : parseIsoTime(expiresAt)
    const wanted = { name, expiresAtMs }
    const outcome = await identity.serviceAccounts.createKey(orgId, id, wanted, granterOf(principal))
    if (outcome.kind === 'refused') return accountRefused(outcome.why)
    const { key, secret } = outcome
    const headers = { Location: `/api/v1/service-accounts/${id}/keys/${key.id}`, 'Cache-Control': 'no-store' }
    return reply(201, { key, secret }, headers)
  },
})
