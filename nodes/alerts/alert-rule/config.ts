import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'

export const config = defineConfig(
  z.object({
    /** A rule as the API takes it; empty: those of each organization. */
    rule: z.string().meta({ editor: 'json' }).default(''),
  }),
)
