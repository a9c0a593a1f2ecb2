import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { callerId, type Principal } from '../../platform/kit/endpoints/principal.ts'
import type { Actor } from '../alert.ts'
import type { Outcome } from '../alerts.ts'
import type { Saved } from '../rules.ts'

export const noSuchAlert = (): WholeOutcome => refuse(problem(404, 'no such alert'))
export const noSuchRule = (): WholeOutcome => refuse(problem(404, 'no such alert rule'))

export function refusalOf(saved: Exclude<Saved, { readonly kind: 'saved' }>): WholeOutcome {
  return saved.kind === 'missing' ? noSuchRule() : refuse(invalid(`body.${saved.path}`, saved.message))
}

/** Who is calling, for the events of an alert. */
export function actorOf(principal: Principal | undefined): Actor {
  if (principal === undefined) return { kind: 'system', id: null }
  return principal.kind === 'user'
    ? { kind: 'user', id: principal.userId }
    : { kind: 'service', id: callerId(principal) }
}

export const alertRefusal = (outcome: Exclude<Outcome, { readonly kind: 'done' }>): WholeOutcome =>
  outcome.kind === 'refused' && outcome.refusal === 'resolved'
    ? refuse(problem(409, 'the alert is resolved already'))
    : noSuchAlert()
