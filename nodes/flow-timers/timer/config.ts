import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** Where the message says neither `afterMs` nor `at`. */
    seconds: z.coerce.number().min(0.001).max(31_536_000).default(60),
  }),
)
