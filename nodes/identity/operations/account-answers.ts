import { z } from 'zod'
import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { apiKeyView, serviceAccountView } from '../service-account.ts'
import type { AccountRefusal } from '../service-accounts.ts'
import { exceeds } from './parts.ts'

export const accountAnswer = z.object({ serviceAccount: serviceAccountView })
export const accountWithKeys = z.object({
  serviceAccount: serviceAccountView.extend({ keys: z.array(apiKeyView) }),
})

const refusals: Readonly<Record<AccountRefusal, WholeOutcome>> = {
  missing: refuse(problem(404, 'no such service account')),
  exceeds: exceeds('body.role'),
  'unknown-role': refuse(invalid('body.role', 'there is no such role for service accounts')),
  exists: refuse(conflict('body.name', 'a service account with this name exists')),
  'no-such-key': refuse(problem(404, 'no such key')),
  'too-many-keys': refuse(problem(409, 'the account has as many keys as it can have; remove one first')),
  'expires-too-early': refuse(invalid('body.expiresAt', 'must be in the future')),
  'expires-too-late': refuse(invalid('body.expiresAt', 'must be within five years')),
}
export const accountRefused = (why: AccountRefusal): WholeOutcome => refusals[why]
