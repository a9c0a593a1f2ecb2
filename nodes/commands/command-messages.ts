import { z } from 'zod'
import { commandValueSchema } from '../devices/check-command.ts'
import type { AuditScope } from '../platform/kit/audit/scope.ts'
import { defineMessage } from '../platform/kit/message-type.ts'
import { commandView, type CommandView } from './command.ts'

/** Who waits for the answer to a call that became a command request. */
export interface AskedBy {
  readonly scope: AuditScope
  readonly preferWaitMs: number | undefined
}

/** What a flow asks of a device; what it leaves out the node's properties say, and then the class. */
export const commandRequestSchema = z.object({
  deviceId: z.string().min(1),
  action: z.string().min(1).max(64).optional(),
  value: commandValueSchema.optional(),
  whenOffline: z.enum(['retry', 'hold']).optional(),
  expiresInMs: z.int().min(1000).optional(),
  ackTimeoutMs: z.int().min(100).optional(),
  attempts: z.int().min(1).max(10).optional(),
  source: z.enum(['api', 'dashboard', 'flow']).default('flow'),
  requestedBy: z.string().optional(),
  /** Of a call over HTTP, as `check command` hands it on. */
  askedBy: z.custom<AskedBy>((value) => typeof value === 'object' && value !== null).optional(),
})
export type CommandRequest = z.output<typeof commandRequestSchema>
export const commandRequestMessage = defineMessage('command-request', commandRequestSchema)
export const commandMessage = defineMessage<CommandView>('command', commandView)
