import { z } from 'zod'
import { commandValueSchema } from '../devices/check-command.ts'
import { eventFields } from '../platform/kit/events/event.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import { dueFields } from '../platform/kit/jobs/job.ts'
import { reckoningSchema } from '../platform/kit/jobs/reckoned.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

export { type CommandValue, commandValueSchema } from '../devices/check-command.ts'

export const commandStatuses = [
  'pending',
  'sent',
  'acknowledged',
  'failed',
  'timeout',
  'cancelled',
  'expired',
] as const
export type CommandStatus = (typeof commandStatuses)[number]

export const commandSources = [
  'api',
  'dashboard',
  'schedule',
  'override',
  'booking',
  'alert',
  'flow',
] as const

/** Asked for by somebody, or by what somebody has wired, and by no other layer. */
export const manualSources = ['api', 'dashboard', 'booking', 'alert', 'flow'] as const

/** `waiting` until the device answers or the time is over. */
const attemptSchema = z.strictObject({
  atMs: z.number(),
  outcome: z.enum(['waiting', 'acknowledged', 'refused', 'no-answer']),
})

/** A command and its life; times in epoch milliseconds. */
export const commandSchema = z.strictObject({
  /** The `commandId` that the device sees. */
  id: z.string(),
  deviceId: z.string(),
  action: z.string(),
  value: commandValueSchema,
  /** The reported field that it moves; of two that move one the newer counts. */
  field: z.string().nullable(),
  source: z.enum(commandSources),
  requestedBy: z.string().nullable(),
  status: z.enum(commandStatuses),
  /** `hold`: an offline device gets it when it is back. */
  whenOffline: z.enum(['retry', 'hold']),
  ackTimeoutMs: z.int(),
  maxAttempts: z.int(),
  /** Between an attempt that had no answer and the next. */
  backoffMs: z.int(),
  attempts: z.array(attemptSchema),
  createdAtMs: z.number(),
  /**
   * Of two commands of a device the newer has the greater one, whatever clocks do: epoch milliseconds, or one more than the
   * newest has when the clock is not past that.
   */
  order: z.number(),
  sentAtMs: z.number().nullable(),
  acknowledgedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  expiresAtMs: z.number().nullable(),
  errorMessage: z.string().nullable(),
  /** What the device answered. */
  deviceResponse: z.record(z.string(), z.json()).nullable(),
  /** Answers that came when it was over already. */
  lateAcknowledgments: z.array(z.strictObject({ atMs: z.number(), status: z.enum(['ok', 'error']) })),
  /** The node of a flow that asked for it, and is told how it ended. */
  askedByNode: z.string().nullable(),
  /** Of a command to many devices. */
  bulkId: z.string().nullable(),
  /** The device that it went to in the moment it was asked for, until it is over: of two that come at once one does. */
  wentAtOnceTo: z.string().nullable().default(null),
})
export type Command = z.output<typeof commandSchema>

export const commandDocumentSchema = z.strictObject({
  ...commandSchema.shape,
  reckoned: reckoningSchema.optional(),
  ...dueFields,
  ...eventFields,
})
export type CommandDocument = z.output<typeof commandDocumentSchema>

/** Those of before went by when they were created. */
export const withOrder = (former: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...former,
  order: former['createdAtMs'],
})

/** The key of which a device has one. */
export const atOnce = 'at_once'

export const commandCollection: CollectionSpec<CommandDocument> = {
  name: 'commands',
  schema: commandDocumentSchema,
  unique: { [atOnce]: ['wentAtOnceTo'] },
  version: 2,
  upcast: { 1: withOrder },
  // Those that are not over are asked for with each command, however long the log is.
  indexes: [
    ['deviceId', 'order'],
    ['deviceId', 'endedAtMs', 'order'],
  ],
  sparseIndexes: [['endedAtMs'], ['bulkId', 'status']],
  indexesEverywhere: [['dueAtMs'], ['pendingSinceMs']],
}

/** How long a command stays on the log once it is over. */
export const loggedMs = 30 * 24 * 3_600_000

export const isOpen = ({ status }: Pick<Command, 'status'>): boolean =>
  status === 'pending' || status === 'sent'

const time = z.iso.datetime()

export const commandView = z.object({
  commandId: z.string(),
  deviceId: z.string(),
  action: z.string(),
  value: commandValueSchema,
  source: z.enum(commandSources),
  requestedBy: z.string().nullable(),
  status: z.enum(commandStatuses),
  /** Attempts made, less one. */
  retryCount: z.int(),
  attempts: z.array(z.object({ at: time, outcome: attemptSchema.shape.outcome })),
  createdAt: time,
  sentAt: time.nullable(),
  acknowledgedAt: time.nullable(),
  expiresAt: time.nullable(),
  errorMessage: z.string().nullable(),
  deviceResponse: z.record(z.string(), z.json()).nullable(),
  lateAcknowledgments: z.array(z.object({ at: time, status: z.enum(['ok', 'error']) })),
})
export type CommandView = z.output<typeof commandView>

/** What callers see. */
export const viewCommand = (command: Command): CommandView => ({
  commandId: command.id,
  deviceId: command.deviceId,
  action: command.action,
  value: command.value,
  source: command.source,
  requestedBy: command.requestedBy,
  status: command.status,
  retryCount: Math.max(0, command.attempts.length - 1),
  attempts: command.attempts.map(({ atMs, outcome }) => ({ at: toIsoTime(atMs), outcome })),
  createdAt: toIsoTime(command.createdAtMs),
  sentAt: toIsoTimeOrNull(command.sentAtMs),
  acknowledgedAt: toIsoTimeOrNull(command.acknowledgedAtMs),
  expiresAt: toIsoTimeOrNull(command.expiresAtMs),
  errorMessage: command.errorMessage,
  deviceResponse: command.deviceResponse,
  lateAcknowledgments: command.lateAcknowledgments.map(({ atMs, status }) => ({
    at: toIsoTime(atMs),
    status,
  })),
})
