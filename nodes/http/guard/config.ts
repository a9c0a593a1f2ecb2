import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** An operation that a package declares, such as `createDevice`; else the properties below count. */
    operation: z.string().default(''),
    permission: z
      .string()
      .regex(
        /^(modules:[a-z*-]+:[a-z*-]+:[a-z*-]+|signed-in|public)?$/,
        'must be modules:<domain>:<resource>:<action>',
      )
      .default(''),
    /** JSON Schema of the body, for endpoints that exist only in a flow. */
    bodySchema: z.string().default(''),
  }),
)
