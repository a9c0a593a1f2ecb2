import { z } from 'zod'
import { classKeySchema, deviceIdSchema } from '../platform/identifiers.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

/** A lasting key for a program that brings the messages of many devices, such as a network server. */
export const ingestKeySchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1).max(100),
  /** Whose devices it may speak for; one of the two is given. */
  classKey: classKeySchema.optional(),
  /** The gateway whose messages it brings. */
  gatewayId: deviceIdSchema.optional(),
  /** SHA-256 of the secret, which has 256 random bits. */
  digest: z.string(),
  createdAt: z.iso.datetime(),
})
export type IngestKey = z.output<typeof ingestKeySchema>

export const ingestKeyCollection: CollectionSpec<IngestKey> = {
  name: 'ingest_keys',
  schema: ingestKeySchema,
  unique: { name: ['name'] },
  uniqueEverywhere: { digest: ['digest'] },
}

export const ingestKeyView = ingestKeySchema.omit({ digest: true })

export function viewIngestKey(key: IngestKey): z.output<typeof ingestKeyView> {
  const { digest: _, ...shown } = key
  return shown
}
