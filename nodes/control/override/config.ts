import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** Where the message names none. */
    action: z.string().max(64).default(''),
    /** Where the message says no duration. */
    minutes: z.coerce.number().min(0.01).max(43_200).default(15),
    layer: z.enum(['override', 'safety']).default('override'),
  }),
)
