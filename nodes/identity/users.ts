import type { Clock } from '../platform/clock.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Collection, Filter, FindOptions, Page, Store } from '../platform/store/port.ts'
import type { OwnRoles } from './own-roles.ts'
import { weaknessOf } from './password.ts'
import { type Granter, includesRole, mayGrant } from './role.ts'
import type { PasswordHasher } from './sign-in/password-hasher.ts'
import { newPasswordLink } from './sign-in/password-links.ts'
import { normalizeEmail, type User, userCollection } from './user.ts'
import type { Changed, Choice, UserChanges } from './user-changes.ts'
import type { UserCommand } from './user-decider.ts'

/** Who looks after users, and of which organization: of all, and of the platform's own, when that is empty. */
export interface Manager extends Granter {
  readonly orgId: string
  /** Belongs to no organization, and sees the platform's own users beside those of the one that is named. */
  readonly isEverywhere: boolean
}

export interface WantedUser {
  readonly email: string
  readonly name: string
  readonly role: string
  /** Without one there is an invitation. */
  readonly password?: string | undefined
}

export interface Invitation {
  readonly token: string
  readonly expiresAt: string
}

/** `exceeds`: the role, wanted or had, holds more than the manager. */
type Refusal = 'missing' | 'exceeds' | 'unknown-role' | 'no-organization' | 'last-admin'
export type UsersOutcome =
  | { readonly kind: 'done'; readonly user: User; readonly invitation?: Invitation }
  | { readonly kind: Refusal | 'exists' }
  | { readonly kind: 'weak-password'; readonly weakness: string }

export interface UsersParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly newId: () => string
  readonly roles: Pick<OwnRoles, 'find'>
  readonly changes: UserChanges
  readonly passwords: Pick<PasswordHasher, 'hash'>
  /** Told of every invitation, before whoever makes it has it. */
  readonly invited?: (user: User, invitation: Invitation) => Promise<void>
}

/** Users as others look after them. */
export class Users {
  readonly #parts: UsersParts
  readonly #users: Collection<User>

  constructor(parts: UsersParts) {
    this.#parts = parts
    this.#users = parts.store.platform(userCollection)
  }

  /** By e-mail. */
  list({ orgId }: Manager, filter: Filter, options: FindOptions): Promise<Page<User>> {
    return this.#users.find({ ...filter, ...(orgId === '' ? {} : { orgId }) }, { ...options, sort: byEmail })
  }

  /** For what the platform does by itself, nobody having asked. */
  async find(id: string): Promise<User | undefined> {
    return (await this.#users.get(id))?.document
  }

  async get(manager: Manager, id: string): Promise<User | undefined> {
    const user = (await this.#users.get(id))?.document
    return user !== undefined && isVisible(user, manager) ? user : undefined
  }

  async create(manager: Manager, { email: typed, name, role, password }: WantedUser): Promise<UsersOutcome> {
    const orgId = role === 'platform-admin' ? null : manager.orgId
    if (orgId === '') return { kind: 'no-organization' }
    const refusal = await this.#whyNotGive(manager, orgId, role)
    if (refusal !== undefined) return { kind: refusal }
    const email = normalizeEmail(typed)
    const weakness = password === undefined ? undefined : weaknessOf(password, email)
    if (weakness !== undefined) return { kind: 'weak-password', weakness }
    const { clock, newId, passwords } = this.#parts
    const [id, nowMs] = [newId(), clock.nowMs()]
    const made = password === undefined ? newPasswordLink('invitation', id, nowMs) : undefined
    const passwordHash = password === undefined ? null : await passwords.hash(password)
    const user = { id, email, name, role, orgId, passwordHash, isEnabled: true, createdAt: toIsoTime(nowMs) }
    const inserted = await this.#users.insert(made === undefined ? user : { ...user, link: made.link })
    if (inserted.kind === 'duplicate') return { kind: 'exists' }
    if (made !== undefined) await this.#parts.invited?.(inserted.stored.document, made.invitation)
    return {
      kind: 'done',
      user: inserted.stored.document,
      ...(made === undefined ? {} : { invitation: made.invitation }),
    }
  }

  change(
    manager: Manager,
    id: string,
    { name, role }: { readonly name?: string | undefined; readonly role?: string | undefined },
  ): Promise<UsersOutcome> {
    return this.#manage(manager, id, async (user) => {
      const commands: UserCommand[] = name === undefined ? [] : [{ type: 'RenameUser', name }]
      if (role === undefined || role === user.role) return { kind: 'commands', commands }
      const orgId = role === 'platform-admin' ? null : (user.orgId ?? manager.orgId)
      const refusal = await this.#whyNotGive(manager, orgId, role)
      if (refusal !== undefined) return { kind: 'refuse', refusal }
      if (orgId === '') {
        const isLast = await this.#parts.changes.isLastAdministrator(user)
        return { kind: 'refuse', refusal: isLast ? 'last-admin' : 'no-organization' }
      }
      const isMore = user.orgId === orgId && (await this.#includes(orgId, role, user.role))
      return { kind: 'commands', commands: [...commands, { type: 'ChangeRole', role, orgId, isMore }] }
    })
  }

  disable(manager: Manager, id: string): Promise<UsersOutcome> {
    return this.#manage(manager, id, () => ({ kind: 'commands', commands: [{ type: 'DisableUser' }] }))
  }

  enable(manager: Manager, id: string): Promise<UsersOutcome> {
    return this.#manage(manager, id, () => ({ kind: 'commands', commands: [{ type: 'EnableUser' }] }))
  }

  remove(manager: Manager, id: string): Promise<UsersOutcome> {
    return this.#manage(manager, id, () => ({ kind: 'remove' }))
  }

  /** For whoever has lost the app and the recovery codes. */
  endSecondFactor(manager: Manager, id: string): Promise<UsersOutcome> {
    return this.#manage(manager, id, () => ({ kind: 'commands', commands: [{ type: 'EndSecondFactor' }] }))
  }

  /** A way to choose a password, also for somebody who has one: to be handed over where no mail can be sent. */
  async invite(manager: Manager, id: string): Promise<UsersOutcome> {
    const { invitation, link } = newPasswordLink('invitation', id, this.#parts.clock.nowMs())
    const commands: UserCommand[] = [{ type: 'MakeLink', link }]
    const outcome = await this.#manage(manager, id, () => ({ kind: 'commands', commands }))
    if (outcome.kind !== 'done') return outcome
    await this.#parts.invited?.(outcome.user, invitation)
    return { ...outcome, invitation }
  }

  async #manage(
    manager: Manager,
    id: string,
    choose: (user: User) => Choice<Refusal> | Promise<Choice<Refusal>>,
  ): Promise<UsersOutcome> {
    const changed: Changed<Refusal> = await this.#parts.changes.change<Refusal>(id, async (user) => {
      if (!isVisible(user, manager)) return { kind: 'refuse', refusal: 'missing' }
      const had = await this.#parts.roles.find(user.orgId ?? undefined, user.role)
      if (had !== undefined && !mayGrant(manager, had)) return { kind: 'refuse', refusal: 'exceeds' }
      return choose(user)
    })
    if (changed.kind === 'refused') return { kind: changed.refusal }
    return changed.kind === 'done' || changed.kind === 'last-admin' ? changed : { kind: 'missing' }
  }

  async #whyNotGive(manager: Manager, orgId: string | null, role: string): Promise<Refusal | undefined> {
    const view = await this.#parts.roles.find(orgId === null || orgId === '' ? undefined : orgId, role)
    if (view === undefined) return orgId === '' ? 'no-organization' : 'unknown-role'
    return mayGrant(manager, view) ? undefined : 'exceeds'
  }

  async #includes(orgId: string | null, role: string, other: string): Promise<boolean> {
    const { roles } = this.#parts
    const [wider, narrower] = [
      await roles.find(orgId ?? undefined, role),
      await roles.find(orgId ?? undefined, other),
    ]
    return wider !== undefined && narrower !== undefined && includesRole(wider, narrower)
  }
}

const byEmail = [{ path: 'email', direction: 'ascending' }] as const

const isVisible = ({ orgId }: User, manager: Manager): boolean =>
  orgId === null
    ? manager.isEverywhere
    : manager.orgId === orgId || (manager.orgId === '' && manager.isEverywhere)
