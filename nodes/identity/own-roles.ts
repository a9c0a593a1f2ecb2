import type { Collection, Store } from '../platform/store/port.ts'
import {
  type Granter,
  mayGrant,
  type RoleDocument,
  roleCollection,
  type RoleView,
  tierView,
  toRoleView,
  type WantedRole,
} from './role.ts'
import { serviceAccountCollection } from './service-account.ts'
import { userCollection } from './user.ts'

/** `exceeds`: it has, or would have, more than whoever asks holds. */
export type RoleRefusal = 'missing' | 'exists' | 'exceeds' | 'in-use' | 'tier'
export type RoleOutcome =
  | { readonly kind: 'done'; readonly role: RoleView }
  | { readonly kind: 'refused'; readonly why: RoleRefusal }

/** The roles that an organization has made, beside the five tiers. */
export interface OwnRoles {
  /** A tier, or one of the organization's own. */
  find(orgId: string | undefined, key: string): Promise<RoleView | undefined>
  create(orgId: string, wanted: WantedRole, granter: Granter): Promise<RoleOutcome>
  change(
    orgId: string,
    key: string,
    changes: Partial<Omit<WantedRole, 'key'>>,
    granter: Granter,
  ): Promise<RoleOutcome>
  remove(orgId: string, key: string, granter: Granter): Promise<RoleOutcome>
}

const refused = (why: RoleRefusal): RoleOutcome => ({ kind: 'refused', why })

/** @param changed whoever has a role may do something else now */
export function openOwnRoles(store: Store, changed: () => void): OwnRoles {
  const rolesOf = (orgId: string): Collection<RoleDocument> =>
    store.organization(orgId).collection(roleCollection)

  async function isInUse(orgId: string, role: string): Promise<boolean> {
    const users = await store.platform(userCollection).count({ orgId, role })
    return (
      users > 0 || (await store.organization(orgId).collection(serviceAccountCollection).count({ role })) > 0
    )
  }

  /** What stands in the way of touching the role; else the role. */
  async function touchable(
    orgId: string,
    key: string,
    granter: Granter,
  ): Promise<RoleDocument | RoleRefusal> {
    if (tierView(key) !== undefined) return 'tier'
    const role = (await rolesOf(orgId).get(key))?.document
    if (role === undefined) return 'missing'
    return mayGrant(granter, toRoleView(role)) ? role : 'exceeds'
  }

  return {
    async find(orgId, key) {
      const tier = tierView(key)
      if (tier !== undefined || orgId === undefined) return tier
      const own = await rolesOf(orgId).get(key)
      return own === undefined ? undefined : toRoleView(own.document)
    },

    async create(orgId, { key, name, permissions }, granter) {
      if (tierView(key) !== undefined) return refused('exists')
      if (!mayGrant(granter, { key, permissions })) return refused('exceeds')
      const inserted = await rolesOf(orgId).insert({ id: key, name, permissions })
      if (inserted.kind === 'duplicate') return refused('exists')
      return { kind: 'done', role: toRoleView(inserted.stored.document) }
    },

    async change(orgId, key, changes, granter) {
      const role = await touchable(orgId, key, granter)
      if (typeof role === 'string') return refused(role)
      const { permissions = role.permissions } = changes
      if (!mayGrant(granter, { key, permissions })) return refused('exceeds')
      const outcome = await rolesOf(orgId).update(key, (before) => ({ ...before, ...changes }))
      if (outcome.kind !== 'replaced') return refused('missing')
      changed()
      return { kind: 'done', role: toRoleView(outcome.stored.document) }
    },

    async remove(orgId, key, granter) {
      const role = await touchable(orgId, key, granter)
      if (typeof role === 'string') return refused(role)
      if (await isInUse(orgId, key)) return refused('in-use')
      await rolesOf(orgId).remove(key)
      // Somebody may have been given it meanwhile: they hold nothing by it.
      changed()
      return { kind: 'done', role: toRoleView(role) }
    },
  }
}
