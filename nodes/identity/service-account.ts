import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'
import { roleKeySchema } from './role.ts'

export const serviceAccountSchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1).max(100),
  /** A tier within organizations, or a role of the organization's own. */
  role: roleKeySchema,
  createdAt: z.iso.datetime(),
})
/** A program that acts for an organization. Its keys are sign-ins of the kind `key`. */
export type ServiceAccount = z.output<typeof serviceAccountSchema>

export const serviceAccountCollection: CollectionSpec<ServiceAccount> = {
  name: 'service_accounts',
  schema: serviceAccountSchema,
  unique: { name: ['name'] },
  indexes: [['role']],
}

export const serviceAccountView = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  createdAt: z.iso.datetime(),
})

export const apiKeyView = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})
export type ApiKeyView = z.output<typeof apiKeyView>
