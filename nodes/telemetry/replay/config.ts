import { z } from 'zod'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { replayTargetSchema, sameFlow } from '../replay-job.ts'
import { ingestionGroup } from '../uplink/config.ts'

export const config = defineConfig(
  z.object({
    /** Replays that name it come out here. */
    target: replayTargetSchema.default(sameFlow),
    /** The group of the shipped pipeline: a replay begins when that has gone through all that came before. */
    group: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'must be lower-case letters, digits or -')
      .default(ingestionGroup),
    maxBatch: z.coerce.number().int().min(1).max(10_000).default(500),
    /** What comes for the first time needs the rest of what the machine can do. */
    messagesPerSecond: z.coerce.number().int().min(1).max(100_000).default(5000),
    /** A batch that the flow has not finished by then is tried again. */
    stallSeconds: z.coerce.number().min(1).max(3600).default(30),
    maxDeliveries: z.coerce.number().int().min(1).max(100).default(5),
  }),
)
