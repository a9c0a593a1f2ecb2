import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** Where the message names none. */
    action: z.string().max(64).default(''),
    whenOffline: z.enum(['retry', 'hold']).default('retry'),
    /** 0: as the device's class says. */
    attempts: z.coerce.number().int().min(0).max(10).default(0),
    /** 0: as the device's class says. */
    ackTimeoutSeconds: z.coerce.number().min(0).max(3600).default(0),
  }),
)
