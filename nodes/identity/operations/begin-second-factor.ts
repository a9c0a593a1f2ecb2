import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { maxPasswordLength } from '../password.ts'
import { factorRefused, noStore, notAPerson } from './factor-answers.ts'

export const operation = defineOperation({
  id: 'beginSecondFactor',
  method: 'post',
  path: '/api/v1/me/totp',
  tag: 'identity',
  summary:
    'Get a secret for an app that shows codes (TOTP); it is asked for once the first code is confirmed',
  access: 'signed-in',
  scope: 'platform',
  body: z.strictObject({ current: z.string().min(1).max(maxPasswordLength) }),
  responses: {
    200: {
      description: 'Shown this once',
      schema: z.object({ secret: z.string(), uri: z.string().describe('What a QR code carries') }),
    },
  },
  needs: { identity: identityDomain },
  async handle({ address, body: { current }, principal }, { identity }) {
    if (principal?.kind !== 'user') return notAPerson
    const outcome = await identity.secondFactor.begin(principal, current, address)
    if (outcome.kind !== 'begun') return factorRefused(outcome)
    return reply(200, { secret: outcome.secret, uri: outcome.uri }, noStore)
  },
})
