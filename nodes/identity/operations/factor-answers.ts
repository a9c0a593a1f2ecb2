import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import type { FactorRefusal } from '../own-second-factor.ts'
import { refusedUser } from './user-answers.ts'

/** For no cache: secrets and recovery codes are shown once. */
export const noStore = { 'Cache-Control': 'no-store' }
export const notAPerson = refuse(problem(403, 'Only people have a second factor.'))

const refusals = {
  missing: refusedUser({ kind: 'missing' }),
  'wrong-password': refusedUser({ kind: 'wrong-password' }),
  'wrong-code': refuse(invalid('body.code', 'is not the code of this moment, or was used')),
  'has-second-factor': refuse(problem(409, 'there is a second factor; take it away first')),
  'no-second-factor': refuse(problem(409, 'there is no second factor that waits to be confirmed')),
  'dead-link': refusedUser({ kind: 'dead-link' }),
  'other-subject': refusedUser({ kind: 'dead-link' }),
} satisfies Record<Extract<FactorRefusal, { kind: 'refused' }>['why'], WholeOutcome>

export const factorRefused = (refusal: FactorRefusal): WholeOutcome =>
  refusal.kind === 'throttled' ? refusedUser(refusal) : refusals[refusal.why]
