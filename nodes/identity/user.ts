import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'
import { organizationIdSchema } from '../platform/identifiers.ts'
import type { UserView } from './authenticator.ts'
import { roleKeySchema } from './role.ts'
import { secondFactorSchema } from './second-factor.ts'

/** One spelling per mailbox, so that an account cannot be made twice or its throttle walked around. */
export const normalizeEmail = (email: string): string => email.normalize('NFKC').trim().toLowerCase()

/** What lets somebody choose a password without having one: an invitation, or a way back in. One at a time. */
export const passwordLinkSchema = z.strictObject({
  kind: z.enum(['invitation', 'reset']),
  /** Of the token's secret. */
  hash: z.string().min(1),
  expiresAtMs: z.int(),
})
export type PasswordLink = z.output<typeof passwordLinkSchema>

export const userSchema = z
  .strictObject({
    id: z.string().min(1),
    email: z
      .string()
      .max(254)
      .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address')
      .refine((email) => email === normalizeEmail(email), 'must be in lower case'),
    name: z.string().min(1).max(100),
    /** A tier, or a role of the organization's own. */
    role: roleKeySchema,
    orgId: organizationIdSchema.nullable(),
    /** Null until an invitation is accepted. Self-describing: algorithm, cost, salt and hash. */
    passwordHash: z.string().min(1).nullable(),
    isEnabled: z.boolean(),
    /** Grows with whatever ends all sign-ins: a new password, being disabled, a role that may less. Missing: 0. */
    epoch: z.int().optional(),
    createdAt: z.iso.datetime(),
    link: passwordLinkSchema.optional(),
    secondFactor: secondFactorSchema.optional(),
    /** Who they are at the identity provider, once they have come from there: its issuer and its name for them. */
    subject: z.string().min(1).optional(),
  })
  .refine((user) => (user.role === 'platform-admin') === (user.orgId === null), {
    path: ['orgId'],
    // Whoever has no organization may name any with X-Organization: that must stay with the platform's own admins.
    message: 'a platform admin has no organization, everyone else has one',
  })

export type User = z.output<typeof userSchema>

/** `unique` is over the whole platform here: users are platform documents. */
export const userCollection: CollectionSpec<User> = {
  name: 'users',
  schema: userSchema,
  unique: { email: ['email'], subject: ['subject'] },
  indexes: [['role'], ['orgId']],
}

/** What may leave the platform: no hash, no internals. */
export const toUserView = ({ id, email, name, role, orgId }: User): UserView => ({
  id,
  email,
  name,
  role,
  orgId,
})

/** As those see a user who look after users. */
export const managedUserSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  orgId: z.string().nullable(),
  isEnabled: z.boolean(),
  /** Has an invitation that was not accepted yet. */
  isInvited: z.boolean(),
  /** Is asked for codes of an app, beside the password. */
  hasSecondFactor: z.boolean(),
  createdAt: z.iso.datetime(),
})
export type ManagedUser = z.output<typeof managedUserSchema>

export const toManagedUser = (user: User): ManagedUser => ({
  ...toUserView(user),
  isEnabled: user.isEnabled,
  isInvited: !canSignIn(user),
  hasSecondFactor: user.secondFactor?.isConfirmed === true,
  createdAt: user.createdAt,
})

/** Who was invited and has not come yet cannot. */
export const canSignIn = ({ passwordHash, subject }: User): boolean =>
  passwordHash !== null || subject !== undefined

/** What an enabled administrator keeps running, that must not lose its last: the platform, or an organization. */
export function administers(user: User | undefined): string | undefined {
  if (user?.isEnabled !== true || !canSignIn(user)) return undefined
  if (user.role === 'platform-admin') return 'platform'
  return user.role === 'org-admin' && user.orgId !== null ? `organization ${user.orgId}` : undefined
}

export const userViewSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  orgId: z.string().nullable(),
})
