import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'
import { organizationIdSchema } from '../platform/identifiers.ts'
import type { UserView } from './authenticator.ts'
import { roleKeySchema } from './role.ts'

/** One spelling per mailbox, so that an account cannot be made twice or its throttle walked around. */
export const normalizeEmail = (email: string): string => email.normalize('NFKC').trim().toLowerCase()

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
  unique: { email: ['email'] },
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

export const userViewSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  orgId: z.string().nullable(),
})
