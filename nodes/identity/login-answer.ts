import { z } from 'zod'
import { type Outcome, refuse, reply } from '../platform/kit/endpoints/operation.ts'
import { problem } from '../platform/kit/endpoints/problem.ts'
import type { LoginOutcome } from './authenticator.ts'
import { userViewSchema } from './user.ts'

export const signedInSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.int().describe('Seconds until the access token expires'),
  user: userViewSchema,
})

/** RFC 6749, 5.1: tokens are not for caches. */
const noStore = { 'Cache-Control': 'no-store' }

export function signedInOrRefused(outcome: LoginOutcome, refusal: string): Outcome {
  if (outcome.kind === 'welcome') return reply(200, { ...outcome.tokens, user: outcome.user }, noStore)
  if (outcome.kind === 'code-needed')
    return refuse(problem(401, 'A code of the second factor is needed.', undefined, 'code-needed'), noStore)
  if (outcome.kind === 'refused') return refuse(problem(401, refusal), noStore)
  return refuse(problem(429, `Too many attempts. Try again in ${outcome.retryAfterSeconds} s.`), {
    ...noStore,
    'Retry-After': String(outcome.retryAfterSeconds),
  })
}
