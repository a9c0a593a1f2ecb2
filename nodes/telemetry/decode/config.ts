import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    pastDays: z.coerce.number().min(0).max(3650).default(30),
    futureMinutes: z.coerce.number().min(0).max(1440).default(5),
    maxPayloadKiB: z.coerce.number().min(1).max(1024).default(64),
  }),
)
