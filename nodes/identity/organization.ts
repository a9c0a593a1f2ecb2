import { z } from 'zod'
import { organizationIdSchema } from '../platform/identifiers.ts'
import { isNamedZone } from '../platform/kit/zone.ts'
import { organizationRetentionSchema } from './organization-retention.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { CollectionSpec, Store } from '../platform/store/port.ts'

export const organizationSchema = z.strictObject({
  id: organizationIdSchema,
  name: z.string().min(1).max(100),
  createdAt: z.iso.datetime(),
  retention: organizationRetentionSchema.optional(),
  /** Where its days and months of accounts end; UTC without it. */
  timeZone: z.string().max(64).refine(isNamedZone, 'is no time zone').optional(),
  /** The company whose admins act for it, too. */
  companyId: z.string().min(1).max(64).optional(),
  /** `dedicated`: its documents are in a database of its own. Missing: `pooled`, with those of others. */
  isolation: z.enum(['pooled', 'dedicated']).optional(),
})
export const wantedOrganizationSchema = organizationSchema.omit({ createdAt: true }).partial({ id: true })
export type WantedOrganization = z.output<typeof wantedOrganizationSchema>
export type Organization = z.output<typeof organizationSchema>

export const organizationCollection: CollectionSpec<Organization> = {
  name: 'organizations',
  schema: organizationSchema,
  unique: { name: ['name'] },
  audit: { organizationOf: ({ id }) => id },
  indexes: [['companyId']],
}

export async function* organizationIds(store: Pick<Store, 'platform'>): AsyncGenerator<string> {
  for await (const { document } of everyDocument(store.platform(organizationCollection), {}))
    yield document.id
}

export async function timeZoneOf(store: Pick<Store, 'platform'>, orgId: string): Promise<string> {
  return (await store.platform(organizationCollection).get(orgId))?.document.timeZone ?? 'UTC'
}
