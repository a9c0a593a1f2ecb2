import { z } from 'zod'
import { refuse, reply, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import type { Principal } from '../../platform/kit/endpoints/principal.ts'
import { conflict, invalid, problem, unreadable } from '../../platform/kit/endpoints/problem.ts'
import type { PasswordOutcome } from '../own-password.ts'
import { managedUserSchema, toManagedUser } from '../user.ts'
import type { Manager, UsersOutcome } from '../users.ts'
import { exceeds, granterOf } from './parts.ts'

export const userAnswer = z.object({ user: managedUserSchema })
export const invitationSchema = z.object({
  token: z.string().describe('Shown this once'),
  expiresAt: z.iso.datetime(),
})

export const managerOf = (principal: Principal | undefined, orgId: string): Manager => ({
  ...granterOf(principal),
  orgId,
  isEverywhere: principal?.kind === 'user' && principal.orgId === undefined,
})

type Refusal = Exclude<UsersOutcome | PasswordOutcome, { readonly kind: 'done' }>

export function refusedUser(refusal: Refusal): WholeOutcome {
  const refusals = {
    missing: () => refuse(problem(404, 'no such user')),
    exceeds: () => exceeds('body.role'),
    'unknown-role': () => refuse(invalid('body.role', 'there is no such role')),
    'no-organization': () =>
      refuse(unreadable('header.X-Organization', 'name the organization: X-Organization: {id}')),
    // Users are one list for the platform: an e-mail signs in at one place.
    exists: () => refuse(conflict('body.email', 'a user with this e-mail exists')),
    'last-admin': () => refuse(problem(409, 'this is the last administrator; make another one first')),
    'dead-link': () => refuse(invalid('body.token', 'is not valid, was used, or has expired')),
    'wrong-password': () =>
      refuse(
        problem(403, 'the current password is another', [{ path: 'body.current', message: 'is wrong' }]),
      ),
    'weak-password': (weakness: string) => refuse(invalid('body.password', weakness)),
    throttled: (_: string, seconds: number) =>
      refuse(problem(429, `Too many attempts. Try again in ${seconds} s.`), {
        'Retry-After': String(seconds),
      }),
  } satisfies Record<Refusal['kind'], (weakness: string, seconds: number) => WholeOutcome>
  const weakness = refusal.kind === 'weak-password' ? refusal.weakness : ''
  return refusals[refusal.kind](weakness, refusal.kind === 'throttled' ? refusal.retryAfterSeconds : 0)
}

/** 200 with the user as they are now; with an invitation, where there is one, for no cache. */
export function userOrRefused(outcome: UsersOutcome): WholeOutcome {
  if (outcome.kind !== 'done') return refusedUser(outcome)
  const { invitation, user } = outcome
  const body = { user: toManagedUser(user) }
  return invitation === undefined
    ? reply(200, body)
    : reply(200, { ...body, invitation }, { 'Cache-Control': 'no-store' })
}
