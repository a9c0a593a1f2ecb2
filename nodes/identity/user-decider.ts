import { type Decider, type Decision, refused } from '../platform/kit/decider/decider.ts'
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

export type UserEvent =
  | { readonly type: 'UserRenamed'; readonly data: { readonly name: string } }
  | { readonly type: 'RoleChanged'; readonly data: { readonly role: string; readonly orgId: string | null } }
  | { readonly type: 'UserDisabled'; readonly data: null }
  | { readonly type: 'UserEnabled'; readonly data: null }
  | { readonly type: 'PasswordChanged'; readonly data: { readonly passwordHash: string } }
  | { readonly type: 'LinkMade'; readonly data: PasswordLink }
  /** Whoever is signed in is not any more, by whatever proof of before. */
  | { readonly type: 'SignInsEnded'; readonly data: null }

/** `dead-link`: there is none, it has another secret, it was used, or its time is over. */
export type UserRefusal = 'missing' | 'dead-link'

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
      case 'SignInsEnded':
        break
    }
    return { ...user, epoch: (user.epoch ?? 0) + 1 }
  },
}

/** The hashes of secrets of 256 bits may be compared as text: time tells nothing about a secret that has another hash. */
export const isOpen = (
  { isEnabled, link }: User,
  presented: Pick<PasswordLink, 'kind' | 'hash'>,
  nowMs: number,
): boolean =>
  isEnabled && link?.kind === presented.kind && link.hash === presented.hash && nowMs < link.expiresAtMs
