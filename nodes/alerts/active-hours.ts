import { z } from 'zod'
import { namedZoneSchema, timeOfDaySchema } from '../schedules/time-schemas.ts'
import { nextEdges, openingsBetween, weekdays, type WeeklyWindow } from '../schedules/window.ts'

/** When a rule may fire. `to` is on the next day, when it is not after `from`. */
export const activeHoursSchema = z.strictObject({
  timeZone: namedZoneSchema,
  days: z.array(z.enum(weekdays)).min(1).max(7),
  from: timeOfDaySchema,
  to: timeOfDaySchema,
})
export type ActiveHours = z.output<typeof activeHoursSchema>

const windowOf = ({ days, from, timeZone, to }: ActiveHours): WeeklyWindow => ({
  days,
  timeZone,
  startTime: from,
  endTime: to,
})

/** This instant, or the next at which it is active; undefined when that is never. */
export function nextActiveMs(hours: ActiveHours | undefined, atMs: number): number | undefined {
  if (hours === undefined) return atMs
  const window = windowOf(hours)
  if (openingsBetween(window, atMs, atMs + 1).length > 0) return atMs
  return nextEdges(window, atMs, 2).find(({ edge }) => edge === 'start')?.atMs
}

/** When the hours that this instant is in end; undefined when it is in none. */
export function endOfHoursMs(hours: ActiveHours, atMs: number): number | undefined {
  return openingsBetween(windowOf(hours), atMs, atMs + 1)[0]?.endMs
}
