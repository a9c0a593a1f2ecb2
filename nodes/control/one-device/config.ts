import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    deviceId: z.string().max(64).default(''),
  }),
)
