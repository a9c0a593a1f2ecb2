import { z } from 'zod'
import { defineMessage } from '../platform/kit/message-type.ts'
import { commandView, type CommandView } from './command.ts'

/** What a flow asks of a device; what it leaves out the node's properties say, and then the class. */
export const commandRequestSchema = z.object({
  deviceId: z.string().min(1),
  action: z.string().min(1).max(64).optional(),
  value: z.union([z.number(), z.boolean(), z.string(), z.null()]).optional(),
  whenOffline: z.enum(['retry', 'hold']).optional(),
  expiresInMs: z.int().min(1000).optional(),
})
export const commandRequestMessage = defineMessage('command-request', commandRequestSchema)
export const commandMessage = defineMessage<CommandView>('command', commandView)
