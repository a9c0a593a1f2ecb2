import { z } from 'zod'
import { commandValueSchema } from '../devices/check-command.ts'
import { defineMessage } from '../platform/kit/message-type.ts'
import { overrideView, type OverrideView } from './views.ts'

/** What a flow asks of a device for a while; what it leaves out the node's properties say. */
export const overrideRequestMessage = defineMessage(
  'override-request',
  z.object({
    deviceId: z.string().min(1),
    action: z.string().min(1).max(64).optional(),
    value: commandValueSchema.optional(),
    durationMs: z.int().min(1).optional(),
    reason: z.string().max(500).optional(),
    /** Ends the one that runs. */
    end: z.boolean().optional(),
  }),
)
export const overrideMessage = defineMessage<OverrideView>('override', overrideView)
