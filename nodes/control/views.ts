import { z } from 'zod'
import { commandSources } from '../commands/command.ts'
import { commandValueSchema } from '../devices/check-command.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import { type Override, overrideStatuses } from './control.ts'
import type { View } from './control-service.ts'
import { type Desired, layers } from './layers.ts'

const time = z.iso.datetime()

export const desiredFieldView = z.object({
  value: commandValueSchema,
  layer: z.enum(layers),
  /** Who asked for it; `reported`: nobody, the device was so when an override began. */
  source: z.enum([...commandSources, 'reported']),
  /** Of the schedule, the override or the caller. */
  sourceId: z.string().nullable(),
  action: z.string(),
  since: time,
  /** Null: until something else is asked for. */
  until: time.nullable(),
  commandId: z.string().nullable(),
})
export const fieldsView = z.record(z.string(), desiredFieldView)

export const viewFields = (desired: Desired): z.output<typeof fieldsView> =>
  Object.fromEntries(
    [...desired].map(([field, { action, commandId, layer, sinceMs, source, sourceId, untilMs, value }]) => [
      field,
      {
        value,
        layer,
        source,
        sourceId,
        action,
        since: toIsoTime(sinceMs),
        until: toIsoTimeOrNull(untilMs),
        commandId,
      },
    ]),
  )

export const overrideView = z.object({
  id: z.string(),
  deviceId: z.string(),
  action: z.string(),
  value: commandValueSchema,
  status: z.enum(overrideStatuses),
  reason: z.string().nullable(),
  source: z.enum(commandSources),
  requestedBy: z.string().nullable(),
  startedAt: time,
  endsAt: time.nullable(),
  endedAt: time.nullable(),
  remainingMs: z.int(),
  /** When the device had acknowledged it. */
  confirmedAt: time.nullable(),
  errorMessage: z.string().nullable(),
  commandId: z.string().nullable(),
})
export type OverrideView = z.output<typeof overrideView>

export const viewOverride = (deviceId: string, override: Override, nowMs: number): OverrideView => ({
  id: override.id,
  deviceId,
  action: override.action,
  value: override.value,
  status: override.status,
  reason: override.reason,
  source: override.source,
  requestedBy: override.requestedBy,
  startedAt: toIsoTime(override.startedAtMs),
  endsAt: toIsoTimeOrNull(override.endsAtMs),
  endedAt: toIsoTimeOrNull(override.endedAtMs),
  remainingMs: override.status === 'active' ? Math.max(0, (override.endsAtMs ?? nowMs) - nowMs) : 0,
  confirmedAt: toIsoTimeOrNull(override.confirmedAtMs),
  errorMessage: override.errorMessage,
  commandId: override.wishes.at(-1)?.commandId ?? null,
})

/** One that has failed is told of for as long as it was to last. */
export function shownOverride({ override }: View, nowMs: number): Override | undefined {
  if (override?.status === 'active') return override
  return override?.status === 'failed' && (override.endsAtMs ?? 0) > nowMs ? override : undefined
}
