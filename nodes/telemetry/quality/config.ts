import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** 0: as the device's class says. */
    lateAfterSeconds: z.coerce.number().min(0).max(31_536_000).default(0),
    /** A value that stays exactly the same for this many readings is suspect; 0: never. */
    stuckAfter: z.coerce.number().int().min(0).max(100_000).default(0),
  }),
)
