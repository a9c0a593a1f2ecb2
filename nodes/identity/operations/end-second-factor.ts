import { z } from 'zod'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain as identityDomain } from '../domain.ts'
import { maxPasswordLength } from '../password.ts'
import { factorRefused, notAPerson } from './factor-answers.ts'

export const operation = defineOperation({
  id: 'endSecondFactor',
  method: 'post',
  path: '/api/v1/me/totp/disable',
  tag: 'identity',
  summary: 'Have no code asked for any more',
  access: 'signed-in',
  scope: 'platform',
  body: z.strictObject({ current: z.string().min(1).max(maxPasswordLength) }),
  responses: { 204: { description: 'None is' } },
  needs: { identity: identityDomain },
  async handle({ address, body: { current }, principal }, { identity }) {
    if (principal?.kind !== 'user') return notAPerson
    const outcome = await identity.secondFactor.end(principal, current, address)
    return outcome.kind === 'ended' ? reply(204) : factorRefused(outcome)
  },
})
