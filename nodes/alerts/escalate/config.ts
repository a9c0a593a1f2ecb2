import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    afterMinutes: z.coerce.number().min(0.01).max(10_080).default(15),
    /** Keys, separated by commas; empty: those of the rule again. */
    channels: z
      .string()
      .regex(/^[a-z0-9, -]*$/, 'must be keys of channels, separated by commas')
      .default(''),
    least: z.enum(['info', 'warning', 'critical']).default('critical'),
  }),
)
