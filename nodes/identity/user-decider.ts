import { type Decider, type Decision, refused } from '../platform/kit/decider/decider.ts'
import type { SecondFactor } from './second-factor.ts'
import type { PasswordLink, User } from './user.ts'

export type UserCommand =
  | { readonly type: 'RenameUser'; readonly name: string }
  /** `isMore`: nothing is taken from them that they had, so they may stay signed in. */
  | {
      readonly type: 'ChangeRole'
      readonly role: string
      readonly orgId: string | null
      readonly isMore: boolean
    }
  | { readonly type: 'DisableUser' }
  | { readonly type: 'EnableUser' }
  | { readonly type: 'ChangePassword'; readonly passwordHash: string }
  | { readonly type: 'MakeLink'; readonly link: PasswordLink }
  | {
      readonly type: 'UseLink'
      readonly kind: PasswordLink['kind']
      readonly hash: string
      readonly passwordHash: string
    }

  /** The secret sealed. */
  | { readonly type: 'BeginSecondFactor'; readonly secret: string }
  /** A first code, of this time step, was shown. */
  | {
      readonly type: 'ConfirmSecondFactor'
      /** The one that the code was of. */
      readonly secret: string
      readonly step: number
      readonly recovery: readonly string[]
    }
  | { readonly type: 'EndSecondFactor' }
  | { readonly type: 'UseCode'; readonly step: number }
  | { readonly type: 'UseRecoveryCode'; readonly hash: string }
  /** Came from the identity provider under this name. */
  | { readonly type: 'BindSubject'; readonly subject: string }

export type UserEvent =
  | { readonly type: 'UserRenamed'; readonly data: { readonly name: string } }
  | { readonly type: 'RoleChanged'; readonly data: { readonly role: string; readonly orgId: string | null } }
  | { readonly type: 'UserDisabled'; readonly data: null }
  | { readonly type: 'UserEnabled'; readonly data: null }
  | { readonly type: 'PasswordChanged'; readonly data: { readonly passwordHash: string } }
  | { readonly type: 'LinkMade'; readonly data: PasswordLink }
  | { readonly type: 'SecondFactorBegun'; readonly data: { readonly secret: string } }
  | {
      readonly type: 'SecondFactorConfirmed'
      readonly data: { readonly usedStep: number; readonly recovery: string[] }
    }
  | { readonly type: 'SecondFactorEnded'; readonly data: null }
  | { readonly type: 'CodeUsed'; readonly data: { readonly usedStep: number } }
  | { readonly type: 'RecoveryCodeUsed'; readonly data: { readonly hash: string } }
  | { readonly type: 'SubjectBound'; readonly data: { readonly subject: string } }
  /** Whoever is signed in is not any more, by whatever proof of before. */
  | { readonly type: 'SignInsEnded'; readonly data: null }

/** `dead-link`: there is none, it has another secret, it was used, or its time is over. */
export type UserRefusal =
  | 'missing'
  | 'dead-link'
  | 'wrong-code'
  | 'has-second-factor'
  | 'no-second-factor'
  | 'other-subject'

const signInsEnded: UserEvent = { type: 'SignInsEnded', data: null }

/** One user's life, from when there is one (`users.ts` adds it). Who may command it, and that an administrator stays, is judged around it (`users.ts`). */
export const userDecider: Decider<User, UserCommand, UserEvent, UserRefusal> = {
  decide(user, command, nowMs): Decision<UserEvent, UserRefusal> {
    if (user === undefined) return refused('missing')
    switch (command.type) {
      case 'RenameUser':
        return user.name === command.name ? [] : [{ type: 'UserRenamed', data: { name: command.name } }]
      case 'ChangeRole': {
        const { isMore, orgId, role } = command
        if (user.role === role && user.orgId === orgId) return []
        return [{ type: 'RoleChanged', data: { role, orgId } }, ...(isMore ? [] : [signInsEnded])]
      }
      case 'DisableUser':
        return user.isEnabled ? [{ type: 'UserDisabled', data: null }, signInsEnded] : []
      case 'EnableUser':
        return user.isEnabled ? [] : [{ type: 'UserEnabled', data: null }]
      case 'ChangePassword':
        return [{ type: 'PasswordChanged', data: { passwordHash: command.passwordHash } }, signInsEnded]
      case 'MakeLink':
        return [{ type: 'LinkMade', data: command.link }]
      case 'BeginSecondFactor':
        return user.secondFactor?.isConfirmed === true
          ? refused('has-second-factor')
          : [{ type: 'SecondFactorBegun', data: { secret: command.secret } }]
      case 'ConfirmSecondFactor':
        if (user.secondFactor?.isConfirmed !== false) return refused('no-second-factor')
        return user.secondFactor.secret === command.secret
          ? [
              {
                type: 'SecondFactorConfirmed',
                data: { usedStep: command.step, recovery: [...command.recovery] },
              },
            ]
          : refused('wrong-code')
      case 'EndSecondFactor':
        return user.secondFactor === undefined ? [] : [{ type: 'SecondFactorEnded', data: null }]
      case 'UseCode':
        return user.secondFactor !== undefined && command.step > user.secondFactor.usedStep
          ? [{ type: 'CodeUsed', data: { usedStep: command.step } }]
          : refused('wrong-code')
      case 'UseRecoveryCode':
        return user.secondFactor?.recovery.includes(command.hash) === true
          ? [{ type: 'RecoveryCodeUsed', data: { hash: command.hash } }]
          : refused('wrong-code')
      case 'BindSubject':
        if (user.subject === command.subject) return []
        return user.subject === undefined
          ? [{ type: 'SubjectBound', data: { subject: command.subject } }]
          : refused('other-subject')
      case 'UseLink':
        break
    }
    return isOpen(user, command, nowMs)
      ? [{ type: 'PasswordChanged', data: { passwordHash: command.passwordHash } }, signInsEnded]
      : refused('dead-link')
  },

  evolve(user, event) {
    if (user === undefined) throw new Error(`${event.type} of a user that there is not`)
    switch (event.type) {
      case 'UserRenamed':
        return { ...user, name: event.data.name }
      case 'RoleChanged':
        return { ...user, ...event.data }
      case 'UserDisabled':
        return { ...user, isEnabled: false }
      case 'UserEnabled':
        return { ...user, isEnabled: true }
      case 'PasswordChanged': {
        // Whatever way there was to choose one has been gone, or is not needed any more.
        const { link: _, ...rest } = user
        return { ...rest, passwordHash: event.data.passwordHash }
      }
      case 'LinkMade':
        return { ...user, link: event.data }
      case 'SecondFactorBegun':
        return {
          ...user,
          secondFactor: { secret: event.data.secret, isConfirmed: false, recovery: [], usedStep: 0 },
        }
      case 'SecondFactorConfirmed':
        return withFactor(user, { ...event.data, isConfirmed: true })
      case 'SecondFactorEnded': {
        const { secondFactor: _, ...rest } = user
        return rest
      }
      case 'CodeUsed':
        return withFactor(user, event.data)
      case 'RecoveryCodeUsed': {
        const left = user.secondFactor?.recovery.filter((hash) => hash !== event.data.hash) ?? []
        return withFactor(user, { recovery: left })
      }
      case 'SubjectBound':
        return { ...user, subject: event.data.subject }
      case 'SignInsEnded':
        break
    }
    return { ...user, epoch: (user.epoch ?? 0) + 1 }
  },
}

const withFactor = (user: User, changes: Partial<SecondFactor>): User =>
  user.secondFactor === undefined ? user : { ...user, secondFactor: { ...user.secondFactor, ...changes } }

/** The hashes of secrets of 256 bits may be compared as text: time tells nothing about a secret that has another hash. */
export const isOpen = (
  { isEnabled, link }: User,
  presented: Pick<PasswordLink, 'kind' | 'hash'>,
  nowMs: number,
): boolean =>
  isEnabled && link?.kind === presented.kind && link.hash === presented.hash && nowMs < link.expiresAtMs
