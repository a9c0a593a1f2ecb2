import type { Clock } from '../platform/clock.ts'
import type { EventRelay } from '../platform/kit/events/relay.ts'
import type { UserPrincipal } from '../platform/kit/endpoints/principal.ts'
import type { Logger } from '../platform/logger.ts'
import type { Store } from '../platform/store/port.ts'
import { weaknessOf } from './password.ts'
import { newPasswordReset, passwordResetCollection } from './password-reset.ts'
import type { CheckPassword } from './sign-in/credentials.ts'
import type { LoginThrottle } from './sign-in/login-throttle.ts'
import type { PasswordHasher } from './sign-in/password-hasher.ts'
import { newPasswordLink, readPasswordToken } from './sign-in/password-links.ts'
import { normalizeEmail, type PasswordLink, type User, userCollection } from './user.ts'
import type { UserChanges } from './user-changes.ts'
import { isOpen, type UserCommand } from './user-decider.ts'
import type { Invitation } from './users.ts'

export type PasswordOutcome =
  | { readonly kind: 'done'; readonly user: User }
  | { readonly kind: 'dead-link' | 'wrong-password' }
  | { readonly kind: 'weak-password'; readonly weakness: string }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }

/** How people come by a password themselves. */
export interface OwnPassword {
  /** With the token of an invitation, or of a way back in, which is used up by it. Ends every sign-in of before. @param name theirs from now on; undefined leaves the one they have */
  useLink(
    kind: PasswordLink['kind'],
    token: string,
    password: string,
    name?: string,
  ): Promise<PasswordOutcome>
  /** Ends every other sign-in. */
  change(who: UserPrincipal, current: string, password: string, address: string): Promise<PasswordOutcome>
  /** Looks afterwards, so that the answer, and the time it takes, says nothing of whether there is such a user. */
  askForReset(email: string, address: string): void
  /** Resolves when nobody waits for a look any more. */
  settle(): Promise<void>
  /** A way back in, for the mail that follows from `PasswordResetRequested`; of several the last one works. */
  resetToken(userId: string): Promise<Invitation | undefined>
}

export interface OwnPasswordParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly newId: () => string
  readonly relay: Pick<EventRelay, 'offer'>
  readonly log: Pick<Logger, 'warn'>
  readonly changes: UserChanges
  readonly passwords: Pick<PasswordHasher, 'hash'>
  readonly checkPassword: CheckPassword
  readonly throttle: Pick<LoginThrottle, 'mayAskForReset'>
}

export function openOwnPassword(parts: OwnPasswordParts): OwnPassword {
  const { changes, checkPassword, clock, log, newId, passwords, relay, store, throttle } = parts
  const users = store.platform(userCollection)

  async function carryOut(
    userId: string,
    commands: readonly UserCommand[],
    keptId?: string,
  ): Promise<PasswordOutcome> {
    const changed = await changes.change(userId, () => ({ kind: 'commands', commands }), keptId)
    // All else that can be in the way is that the user, or the link, has gone meanwhile.
    return changed.kind === 'done' ? changed : { kind: 'dead-link' }
  }

  const looking = new Set<Promise<void>>()

  async function lookAfter(typed: string, address: string): Promise<void> {
    const email = normalizeEmail(typed.toWellFormed())
    if (!(await throttle.mayAskForReset(email, address))) return
    const user = (await users.find({ email }, { limit: 1 })).items[0]?.document
    // A platform admin belongs to no organization whose channels could reach them: the command line helps, or another admin.
    if (user?.isEnabled !== true || user.orgId === null) return
    const document = newPasswordReset(newId(), user, clock.nowMs())
    await store.organization(user.orgId).collection(passwordResetCollection).insert(document)
    relay.offer(passwordResetCollection, user.orgId, document)
  }

  return {
    async useLink(kind, token, password, name) {
      const read = readPasswordToken(token)
      const user = read === undefined ? undefined : (await users.get(read.userId))?.document
      // Before the costly hash; and a dead link must say nothing of the user.
      if (read === undefined || user === undefined || !isOpen(user, { kind, hash: read.hash }, clock.nowMs()))
        return { kind: 'dead-link' }
      const weakness = weaknessOf(password, user.email)
      if (weakness !== undefined) return { kind: 'weak-password', weakness }
      const passwordHash = await passwords.hash(password)
      return carryOut(user.id, [
        { type: 'UseLink', kind, hash: read.hash, passwordHash },
        ...(name === undefined ? [] : [{ type: 'RenameUser', name } as const]),
      ])
    },

    async change({ email, signInId, userId }, current, password, address) {
      const proof = await checkPassword(email, current, address, 'signed-in')
      if (proof.kind === 'throttled') return proof
      if (proof.kind !== 'proved') return { kind: 'wrong-password' }
      const weakness = weaknessOf(password, email)
      if (weakness !== undefined) return { kind: 'weak-password', weakness }
      const passwordHash = await passwords.hash(password)
      return carryOut(userId, [{ type: 'ChangePassword', passwordHash }], signInId)
    },

    askForReset(email, address) {
      const look = lookAfter(email, address)
        .catch((error: unknown) => log.warn({ err: error }, 'a way back in could not be made'))
        .finally(() => looking.delete(look))
      looking.add(look)
    },

    async settle() {
      await Promise.all(looking)
    },

    async resetToken(userId) {
      const { invitation, link } = newPasswordLink('reset', userId, clock.nowMs())
      const made = await carryOut(userId, [{ type: 'MakeLink', link }])
      return made.kind === 'done' ? invitation : undefined
    },
  }
}
