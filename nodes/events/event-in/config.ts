import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** Consumers of one group share the work; a group of its own gets everything again. */
    group: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'must be lower-case letters, digits or -')
      .default('events'),
    /** Names of events, separated by commas; empty for all. */
    types: z
      .string()
      .regex(/^[A-Za-z0-9., ]*$/, 'must be names of events, separated by commas')
      .default(''),
    startAt: z.enum(['beginning', 'end']).default('end'),
    maxBatch: z.coerce.number().int().min(1).max(10_000).default(200),
    /** A batch that the flow has not finished by then is taken back and tried again. */
    stallSeconds: z.coerce.number().min(1).max(3600).default(30),
    maxDeliveries: z.coerce.number().int().min(1).max(100).default(5),
  }),
)
