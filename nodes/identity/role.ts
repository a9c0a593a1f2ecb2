import { z } from 'zod'
import { coversAll } from '../platform/kit/endpoints/permission.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { isTier, permissionsOf, roles } from './roles.ts'

/** What a role can be given: a permission, or a pattern of them. */
const permissionPatternSchema = z
  .string()
  .max(200)
  .regex(
    /^modules(?::(?:\*|[a-z][a-z0-9-]*)){3}$/,
    'must be modules:<domain>:<resource>:<action>, each a name or *',
  )

/** A tier's key, or the key of a role that the organization has made. */
export const roleKeySchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits or -, with a letter first')

export const roleViewSchema = z.strictObject({
  key: roleKeySchema,
  name: z.string().min(1).max(100),
  permissions: z.array(permissionPatternSchema).max(200),
  /** One of the five that are the same everywhere and cannot be changed. */
  isTier: z.boolean(),
})
export type RoleView = z.output<typeof roleViewSchema>

export const wantedRoleSchema = roleViewSchema.omit({ isTier: true })
export type WantedRole = z.output<typeof wantedRoleSchema>

const roleSchema = z.strictObject({
  /** Its key. */
  id: roleKeySchema,
  name: z.string(),
  permissions: z.array(permissionPatternSchema),
})
export type RoleDocument = z.output<typeof roleSchema>

/** Of an organization's own. */
export const roleCollection: CollectionSpec<RoleDocument> = { name: 'roles', schema: roleSchema }

const tierNames = {
  'platform-admin': 'Platform administrator',
  'company-admin': 'Company administrator',
  'org-admin': 'Organization administrator',
  operator: 'Operator',
  member: 'Member',
} as const

export const tierViews: readonly RoleView[] = roles.map((key) => ({
  key,
  name: tierNames[key],
  permissions: [...permissionsOf(key)],
  isTier: true,
}))

export const toRoleView = ({ id, name, permissions }: RoleDocument): RoleView => ({
  key: id,
  name,
  permissions,
  isTier: false,
})

/** Who hands something out: the role by which, and what they hold. */
export interface Granter {
  readonly role: string | undefined
  readonly permissions: readonly string[]
}

/**
 * Whether somebody may give this role, and change or remove whoever has it: up to what they hold themselves. The two tiers
 * above organizations are for platform admins to give, whatever else somebody holds.
 */
export function mayGrant(granter: Granter, role: Pick<RoleView, 'key' | 'permissions'>): boolean {
  if (granter.role === 'platform-admin') return true
  if (role.key === 'platform-admin' || role.key === 'company-admin') return false
  return coversAll(granter.permissions, role.permissions)
}

/** Whether a role takes from nobody what the other gave: who goes from the other to it may stay signed in. */
export const includesRole = (
  role: Pick<RoleView, 'permissions'>,
  other: Pick<RoleView, 'permissions'>,
): boolean => coversAll(role.permissions, other.permissions)

/** Of the tiers at least; `undefined` when no key of theirs. */
export const tierView = (key: string): RoleView | undefined =>
  isTier(key) ? tierViews.find((tier) => tier.key === key) : undefined
