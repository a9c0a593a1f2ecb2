/** Schedules as apps of before know them: English names of days, and a fan speed. */
import { z } from 'zod'
import type { DeviceDirectory } from '../devices/directory.ts'
import { scheduleView, viewSchedule, type Schedule, windowShape } from '../schedules/schedule.ts'
import { defaultActions, type WantedSchedule } from '../schedules/schedules.ts'
import { type Weekday, weekdays } from '../schedules/window.ts'

const names: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}

/** `Monday`, in any case. */
const daySchema = z.string().transform((text, context): Weekday => {
  const found = weekdays.find((day) => names[day].toLowerCase() === text.trim().toLowerCase())
  if (found !== undefined) return found
  context.addIssue({ code: 'custom', message: 'must be the English name of a day, such as Monday' })
  return z.NEVER
})

export const scheduleBody = z.strictObject({
  deviceId: z.string().min(1).max(64),
  day: z.union([daySchema.transform((day) => [day]), z.array(daySchema).min(1).max(7)]),
  startTime: windowShape.startTime,
  endTime: windowShape.endTime,
  fanSpeed: z.int().min(1).max(5).optional(),
  isActive: z.boolean().default(true),
  /** The zone of the device if it is not given, else UTC. */
  timeZone: windowShape.timeZone.unwrap().optional(),
})
export const changedScheduleBody = scheduleBody.extend({ isActive: z.boolean() }).partial()

export function wantedOf(
  { day, fanSpeed, timeZone, ...body }: z.output<typeof scheduleBody>,
  directory: Pick<DeviceDirectory, 'lookup'>,
): WantedSchedule {
  const { end, start } = defaultActions(fanSpeed)
  const zone = directory.lookup(body.deviceId)?.device.zone
  return {
    ...body,
    days: weekdays.filter((each) => day.includes(each)),
    timeZone: timeZone ?? zone ?? 'UTC',
    start: [...start],
    end: [...end],
  }
}

/** What a change leaves out stays as it is. */
export function changedBy(
  schedule: Schedule,
  { day, fanSpeed, ...changes }: z.output<typeof changedScheduleBody>,
): WantedSchedule {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const { deviceId, end, endTime, isActive, start, startTime, timeZone } = schedule
  return {
    deviceId,
    endTime,
    isActive,
    startTime,
    timeZone,
    end,
    start: fanSpeed === undefined ? start : [...defaultActions(fanSpeed).start],
    days: day === undefined ? schedule.days : weekdays.filter((each) => day.includes(each)),
    ...given,
  }
}

const dayName = z.string()
export const compatScheduleView = scheduleView.extend({
  scheduleId: z.string(),
  /** A list when there are several. */
  day: z.union([dayName, z.array(dayName)]),
  fanSpeed: z.number().nullable(),
})

export function viewCompat(schedule: Schedule): z.output<typeof compatScheduleView> {
  const [first, ...others] = schedule.days.map((day) => names[day])
  const speed = schedule.start.find(({ action }) => action === 'setFanSpeed')?.value
  return {
    ...viewSchedule(schedule),
    scheduleId: schedule.id,
    day: others.length === 0 && first !== undefined ? first : schedule.days.map((day) => names[day]),
    fanSpeed: typeof speed === 'number' ? speed : null,
  }
}
