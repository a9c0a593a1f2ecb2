import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** An operation that a package declares, such as `createDevice`. */
    operation: z.string().default(''),
  }),
)
