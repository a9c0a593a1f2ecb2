import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

/** Whose place in the stream sets the pace of what is accepted. */
export const ingestionGroup = 'ingestion'

export const config = defineConfig(
  z.object({
    /** Consumers of one group share the work; a group of its own sees everything again. */
    group: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'must be lower-case letters, digits or -')
      .default(ingestionGroup),
    startAt: z.enum(['beginning', 'end']).default('beginning'),
    maxBatch: z.coerce.number().int().min(1).max(10_000).default(2000),
    /** A batch that the flow has not finished by then is taken back and tried again. */
    stallSeconds: z.coerce.number().min(1).max(3600).default(30),
    maxDeliveries: z.coerce.number().int().min(1).max(100).default(5),
  }),
)
