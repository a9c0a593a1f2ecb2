import { z } from 'zod'
import type { ArchivedDay, Hold, RetentionState } from '../platform/archive/desk.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'

export const holdView = z.object({
  day: z.iso.date(),
  /** All devices when absent. */
  deviceId: z.string().optional(),
  state: z.enum(['requested', 'restored']),
  keepUntil: z.iso.datetime(),
})

export const archivedDayView = z.object({
  day: z.iso.date(),
  readings: z.int(),
  devices: z.int(),
  files: z.int(),
  bytes: z.int(),
  /** When something of the day was archived last. */
  archivedAt: z.iso.datetime(),
  restored: z.array(holdView),
})

export const retentionView = z.object({
  isDue: z.boolean(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  done: z
    .object({ days: z.int(), readings: z.int(), files: z.int(), bytes: z.int(), restored: z.int() })
    .nullable(),
  error: z.string().nullable(),
  failures: z.int(),
})

export const viewHold = ({ day, deviceId, keepUntilMs, state }: Hold): z.output<typeof holdView> => ({
  day,
  ...(deviceId === undefined ? {} : { deviceId }),
  state,
  keepUntil: toIsoTime(keepUntilMs),
})

export const viewDay = ({ archivedAtMs, holds, ...day }: ArchivedDay): z.output<typeof archivedDayView> => ({
  ...day,
  archivedAt: toIsoTime(archivedAtMs),
  restored: holds.map(viewHold),
})

export const viewRetention = (
  { done, dueAtMs, endedAt, error, failures, startedAt }: RetentionState,
  nowMs: number,
): z.output<typeof retentionView> => ({
  isDue: dueAtMs !== null && dueAtMs <= nowMs,
  startedAt,
  endedAt,
  done,
  error,
  failures,
})
