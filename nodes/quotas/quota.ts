import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'

/** What an organization may use; nothing limits what is left out. */
export const quotasSchema = z.strictObject({
  devices: z.int().min(0).max(10_000_000).optional(),
  /** What its devices may send, over MQTT and HTTP together. */
  messagesPerSecond: z.number().min(0.1).max(1_000_000).optional(),
  apiCallsPerMinute: z.int().min(1).max(10_000_000).optional(),
  /** Documents, readings and archive together; see storage.ts. */
  storageBytes: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
})
export type Quotas = z.output<typeof quotasSchema>

const documentSchema = z.strictObject({ id: z.string(), ...quotasSchema.shape })

/** By the organization's id; of the platform's, so that no organization reaches its own. */
export const quotaCollection: CollectionSpec<z.output<typeof documentSchema>> = {
  name: 'quotas',
  schema: documentSchema,
  audit: { organizationOf: ({ id }) => id },
}
