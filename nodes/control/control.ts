import { z } from 'zod'
import { commandSources } from '../commands/command.ts'
import { commandValueSchema } from '../devices/check-command.ts'
import { eventFields } from '../platform/kit/events/event.ts'
import { dueFields } from '../platform/kit/jobs/job.ts'
import { reckoningSchema } from '../platform/kit/jobs/reckoned.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { controlWithOrder } from './control-upcast.ts'
import { wishSchema } from './wish.ts'

/** `superseded`: by a command that somebody sent by hand, or by another override. */
export const overrideStatuses = ['active', 'completed', 'cancelled', 'failed', 'superseded'] as const

/** A layer that somebody lays over what a device would do, for a time. */
export const overrideSchema = z.strictObject({
  id: z.string(),
  action: z.string(),
  value: commandValueSchema,
  reason: z.string().nullable(),
  source: z.enum(commandSources),
  requestedBy: z.string().nullable(),
  /** The node of a flow that is told what becomes of it. */
  askedByNode: z.string().nullable(),
  status: z.enum(overrideStatuses),
  startedAtMs: z.number(),
  /** As those of wishes. */
  order: z.number(),
  /** Null, for safety only: until somebody ends it. */
  endsAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** When the device had acknowledged it. */
  confirmedAtMs: z.number().nullable(),
  errorMessage: z.string().nullable(),
  wishes: z.array(wishSchema),
  /** Commands by hand that were on the log when it began: those do not end it. */
  knownIds: z.array(z.string()),
})
export type Override = z.output<typeof overrideSchema>

/** A command that is decided and not issued yet; its id is given, so that issuing it twice issues it once. */
export const sendingSchema = z.strictObject({
  commandId: z.string(),
  action: z.string(),
  value: commandValueSchema,
  source: z.enum(commandSources),
  requestedBy: z.string().nullable(),
  whenOffline: z.enum(['retry', 'hold']),
  expiresAtMs: z.number().nullable(),
})
export type Sending = z.output<typeof sendingSchema>

const edgeSchema = z.strictObject({
  scheduleId: z.string(),
  edge: z.enum(['start', 'end']),
  plannedMs: z.number(),
})
export type TakenEdge = z.output<typeof edgeSchema>

/** What holds a device to something; times in epoch milliseconds. */
export const controlSchema = z.strictObject({
  /** The device's. */
  id: z.string(),
  safety: overrideSchema.nullable(),
  /** The newest, whether it is active or over. */
  override: overrideSchema.nullable(),
  /** The window that is open. */
  schedule: z
    .strictObject({
      scheduleId: z.string(),
      plannedMs: z.number(),
      untilMs: z.number().nullable(),
      wishes: z.array(wishSchema),
    })
    .nullable(),
  /** The edge of a schedule that was taken last, so that it is taken once. */
  lastEdge: edgeSchema.nullable(),
  /** What windows have left behind, and what was there before an override; a newer command on the log counts for more. */
  base: z.array(wishSchema),
  sending: z.array(sendingSchema),
  /** Ids of the commands of windows, and of what came back, of which nobody knows yet whether the device has done them. */
  inDoubt: z.array(z.string()).default([]),
})
export type Control = z.output<typeof controlSchema>

export const controlDocumentSchema = z.strictObject({
  ...controlSchema.shape,
  reckoned: reckoningSchema.optional(),
  ...dueFields,
  ...eventFields,
})
export type ControlDocument = z.output<typeof controlDocumentSchema>

export const controlCollection: CollectionSpec<ControlDocument> = {
  name: 'device_controls',
  schema: controlDocumentSchema,
  version: 2,
  upcast: { 1: controlWithOrder },
  indexesEverywhere: [['dueAtMs'], ['pendingSinceMs']],
}

export const isActive = (override: Override | null): override is Override => override?.status === 'active'
