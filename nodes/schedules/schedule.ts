import { z } from 'zod'
import { commandValueSchema } from '../commands/command.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import { dueFields } from '../platform/kit/jobs/job.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { namedZoneSchema, timeOfDaySchema } from './time-schemas.ts'
import { weekdays } from './window.ts'

export const actionSchema = z.strictObject({
  action: z.string().min(1).max(64),
  value: commandValueSchema.optional(),
})
export type ScheduledAction = z.output<typeof actionSchema>

export const windowShape = {
  days: z
    .array(z.enum(weekdays))
    .min(1)
    .max(7)
    .transform((days) => weekdays.filter((day) => days.includes(day))),
  startTime: timeOfDaySchema,
  endTime: timeOfDaySchema,
  timeZone: namedZoneSchema.default('UTC'),
}

/** Times in epoch milliseconds. */
export const scheduleSchema = z.strictObject({
  id: z.string(),
  deviceId: z.string(),
  ...windowShape,
  /** What is commanded when it opens and when it closes, in order. */
  start: z.array(actionSchema),
  end: z.array(actionSchema),
  isActive: z.boolean(),
  createdAtMs: z.number(),
  lastExecutedMs: z.number().nullable(),
  /** When it was made, switched on or changed: what was open by then counts as opened at that moment. */
  countsFromMs: z.number(),
  /** Every edge up to here has been dealt with. */
  firedUpToMs: z.number(),
  /** The start of the opening that was begun and not ended. */
  openSinceMs: z.number().nullable(),
  /** One more whenever it was made, changed, or found a clock that had been ahead: edges may come again then, as others. */
  round: z.number(),
})
export type Schedule = z.output<typeof scheduleSchema>

export const scheduleDocumentSchema = z.strictObject({ ...scheduleSchema.shape, ...dueFields })
export type ScheduleDocument = z.output<typeof scheduleDocumentSchema>

/** Those of before there were rounds are in the first, which is in no id. */
const inFirstRound = (former: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...former,
  round: 0,
})

export const scheduleCollection: CollectionSpec<ScheduleDocument> = {
  name: 'schedules',
  schema: scheduleDocumentSchema,
  version: 2,
  upcast: { 1: inFirstRound },
  indexes: [['deviceId', 'createdAtMs']],
  indexesEverywhere: [['dueAtMs'], ['firedUpToMs']],
}

export const firingSchema = z.strictObject({
  /** Of schedule, edge, planned instant and round: there is one for each, whoever fires it. */
  id: z.string(),
  scheduleId: z.string(),
  edge: z.enum(['start', 'end']),
  plannedMs: z.number(),
  /** Null when it was missed. */
  firedMs: z.number().nullable(),
  /** Of its actions, in order; given before they are asked for, so that asking again asks for the same. */
  commandIds: z.array(z.string()),
})
export type Firing = z.output<typeof firingSchema>

export const firingCollection: CollectionSpec<Firing> = {
  name: 'schedule_firings',
  audit: 'none',
  schema: firingSchema,
  indexes: [['scheduleId', 'plannedMs'], ['plannedMs']],
}

const time = z.iso.datetime()
export const scheduleView = z.object({
  id: z.string(),
  deviceId: z.string(),
  days: z.array(z.enum(weekdays)),
  startTime: z.string(),
  endTime: z.string(),
  timeZone: z.string(),
  start: z.array(actionSchema),
  end: z.array(actionSchema),
  isActive: z.boolean(),
  isOpen: z.boolean(),
  createdAt: time,
  lastExecuted: time.nullable(),
})
export const viewSchedule = (schedule: Schedule): z.output<typeof scheduleView> => ({
  id: schedule.id,
  deviceId: schedule.deviceId,
  days: schedule.days,
  startTime: schedule.startTime,
  endTime: schedule.endTime,
  timeZone: schedule.timeZone,
  start: schedule.start,
  end: schedule.end,
  isActive: schedule.isActive,
  isOpen: schedule.openSinceMs !== null,
  createdAt: toIsoTime(schedule.createdAtMs),
  lastExecuted: toIsoTimeOrNull(schedule.lastExecutedMs),
})
