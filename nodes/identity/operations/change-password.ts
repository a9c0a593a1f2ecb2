import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { domain as identityDomain } from '../domain.ts'
import { maxPasswordLength } from '../password.ts'
import { refusedUser } from './user-answers.ts'

const password = z.string().min(1).max(maxPasswordLength)

export const operation = defineOperation({
  id: 'changePassword',
  method: 'post',
  path: '/api/v1/me/password',
  tag: 'identity',
  summary: 'Choose another password; every other sign-in of yours ends',
  access: 'signed-in',
  scope: 'platform',
  body: z.strictObject({ current: password, password }),
  responses: { 204: { description: 'Changed' } },
  needs: { identity: identityDomain },
  async handle({ address, body, principal }, { identity }) {
    if (principal?.kind !== 'user') return refuse(problem(403, 'Only people have a password.'))
    const outcome = await identity.passwords.change(principal, body.current, body.password, address)
    return outcome.kind === 'done' ? reply(204) : refusedUser(outcome)
  },
})
