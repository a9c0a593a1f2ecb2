import { z } from 'zod'
import { eventFields } from '../platform/kit/events/event.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { channelKeySchema, severitySchema } from './rule.ts'

export const alertStatuses = ['firing', 'acknowledged', 'resolved', 'suppressed'] as const
export type AlertStatus = (typeof alertStatuses)[number]

/** Who did something: a user, a rule's readings, or time. */
export const actorSchema = z.object({
  kind: z.enum(['user', 'service', 'system']),
  id: z.string().nullable(),
})
export type Actor = z.output<typeof actorSchema>
export const system: Actor = { kind: 'system', id: null }

export const alertEventTypes = [
  'fired',
  'acknowledged',
  'silenced',
  'unsilenced',
  'escalated',
  'resolved',
] as const

const entrySchema = z.strictObject({
  atMs: z.number(),
  type: z.enum(alertEventTypes),
  actor: actorSchema,
  note: z.string().nullable(),
})
export type AlertEntry = z.output<typeof entrySchema>

/** An alert and its life; times in epoch milliseconds. */
export const alertSchema = z.strictObject({
  /** Of rule, device, port and when it fired: found again, it is the same alert. */
  id: z.string(),
  ruleId: z.string(),
  ruleName: z.string(),
  deviceId: z.string(),
  /** Null where it is about several ports, or about none. */
  port: z.int().nullable(),
  severity: severitySchema,
  status: z.enum(alertStatuses),
  firedAtMs: z.number(),
  acknowledgedAtMs: z.number().nullable(),
  resolvedAtMs: z.number().nullable(),
  silencedUntilMs: z.number().nullable(),
  /** What made it fire. */
  value: z.number().nullable(),
  message: z.string(),
  channels: z.array(channelKeySchema),
  /** Of rule, device and port while it is open: there is one. */
  openKey: z.string().nullable(),
  /** The first and the newest things that happened to it. */
  entries: z.array(entrySchema),
})
export type Alert = z.output<typeof alertSchema>

const documentSchema = z.strictObject({ ...alertSchema.shape, ...eventFields })
export type AlertDocument = z.output<typeof documentSchema>

export const alertCollection: CollectionSpec<AlertDocument> = {
  name: 'alerts',
  schema: documentSchema,
  unique: { open: ['openKey'] },
  indexes: [
    ['firedAtMs'],
    ['status', 'firedAtMs'],
    ['deviceId', 'firedAtMs'],
    ['ruleId', 'deviceId', 'firedAtMs'],
    ['resolvedAtMs'],
  ],
  indexesEverywhere: [['pendingSinceMs']],
}

export const isOpen = ({ resolvedAtMs }: Pick<Alert, 'resolvedAtMs'>): boolean => resolvedAtMs === null

const time = z.iso.datetime()

export const alertView = z.object({
  id: z.string(),
  ruleId: z.string(),
  ruleName: z.string(),
  deviceId: z.string(),
  port: z.int().nullable(),
  severity: severitySchema,
  status: z.enum(alertStatuses),
  firedAt: time,
  acknowledgedAt: time.nullable(),
  resolvedAt: time.nullable(),
  silencedUntil: time.nullable(),
  value: z.number().nullable(),
  message: z.string(),
})
export type AlertView = z.output<typeof alertView>

/** What callers see. */
export const viewAlert = (alert: Alert): AlertView => ({
  id: alert.id,
  ruleId: alert.ruleId,
  ruleName: alert.ruleName,
  deviceId: alert.deviceId,
  port: alert.port,
  severity: alert.severity,
  status: alert.status,
  firedAt: toIsoTime(alert.firedAtMs),
  acknowledgedAt: toIsoTimeOrNull(alert.acknowledgedAtMs),
  resolvedAt: toIsoTimeOrNull(alert.resolvedAtMs),
  silencedUntil: toIsoTimeOrNull(alert.silencedUntilMs),
  value: alert.value,
  message: alert.message,
})

export const alertEntryView = z.object({
  at: time,
  type: z.enum(alertEventTypes),
  actor: actorSchema,
  note: z.string().nullable(),
})
export const viewEntry = ({ atMs, ...entry }: AlertEntry): z.output<typeof alertEntryView> => ({
  ...entry,
  at: toIsoTime(atMs),
})
