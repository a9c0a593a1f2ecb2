import { z } from 'zod'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { activeHoursSchema } from './active-hours.ts'
import { conditionSchema, durationSchema } from './condition.ts'

export const severities = ['info', 'warning', 'critical'] as const
export const severitySchema = z.enum(severities)
export type Severity = z.output<typeof severitySchema>

/** One of the three, or every device of the organization. */
export const scopeSchema = z
  .strictObject({
    deviceId: z.string().min(1).max(64).optional(),
    classKey: z.string().min(1).max(64).optional(),
    tag: z.string().min(1).max(50).optional(),
  })
  .refine((scope) => Object.values(scope).filter((each) => each !== undefined).length <= 1, {
    message: 'names one of deviceId, classKey and tag, or none for every device',
  })
export type Scope = z.output<typeof scopeSchema>

export const channelKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits or -')

export const ruleShape = {
  name: z.string().min(1).max(100),
  severity: severitySchema,
  scope: scopeSchema,
  condition: conditionSchema,
  /** It fires when the condition has held for so long. */
  sustainedForMs: z
    .int()
    .min(0)
    .max(durationSchema.maxValue ?? 0)
    .optional(),
  /** It fires with so many readings that violate within a time. */
  occurrences: z.strictObject({ count: z.int().min(1).max(100), withinMs: durationSchema }).optional(),
  /** From one firing to the next. */
  coolDownMs: z
    .int()
    .min(0)
    .max(durationSchema.maxValue ?? 0)
    .optional(),
  activeHours: activeHoursSchema.optional(),
  /** With `{device}`, `{value}` and the like. */
  message: z.string().max(500).optional(),
  /** Whom it is told to. */
  channels: z.array(channelKeySchema).max(20).optional(),
}
export const ruleBody = z.strictObject({ ...ruleShape, isEnabled: z.boolean().default(true) })
export type RuleBody = z.output<typeof ruleBody>

export const ruleSchema = z.strictObject({
  id: z.string(),
  ...ruleBody.shape,
  isEnabled: z.boolean(),
  createdAtMs: z.number(),
  /** What it watches, and how, counts from here on. */
  sinceMs: z.number(),
  changedAtMs: z.number(),
  /** Kept for a while, for instances that look what has changed. */
  removedAtMs: z.number().nullable(),
})
export type Rule = z.output<typeof ruleSchema>

export const ruleCollection: CollectionSpec<Rule> = {
  name: 'alert_rules',
  schema: ruleSchema,
  indexes: [['removedAtMs', 'createdAtMs']],
  indexesEverywhere: [['changedAtMs'], ['removedAtMs']],
}

export const ruleView = z.object({
  id: z.string(),
  ...ruleShape,
  isEnabled: z.boolean(),
  createdAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
})
export function viewRule({
  changedAtMs,
  createdAtMs,
  removedAtMs: _removed,
  sinceMs: _since,
  ...rule
}: Rule): z.output<typeof ruleView> {
  return { ...rule, createdAt: toIsoTime(createdAtMs), changedAt: toIsoTime(changedAtMs) }
}
