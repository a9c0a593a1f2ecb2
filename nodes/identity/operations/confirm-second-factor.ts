import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { factorRefused, noStore, notAPerson } from './factor-answers.ts'

export const operation = defineOperation({
  id: 'confirmSecondFactor',
  method: 'post',
  path: '/api/v1/me/totp/confirm',
  tag: 'identity',
  summary:
    'Show a first code of the app: from now on one is asked for. Gives ten codes for when the app is lost',
  access: 'signed-in',
  scope: 'platform',
  body: z.strictObject({ code: z.string().min(1).max(64) }),
  responses: {
    200: { description: 'Shown this once', schema: z.object({ recoveryCodes: z.array(z.string()) }) },
  },
  needs: { identity: identityDomain },
  async handle({ body: { code }, principal }, { identity }) {
    if (principal?.kind !== 'user') return notAPerson
    const outcome = await identity.secondFactor.confirm(principal, code)
    if (outcome.kind !== 'confirmed') return factorRefused(outcome)
    return reply(200, { recoveryCodes: outcome.recoveryCodes }, noStore)
  },
})
