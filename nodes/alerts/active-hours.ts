import { z } from 'zod'
import { isNamedZone, nextEdges, openingsBetween, weekdays, type WeeklyWindow } from '../schedules/window.ts'

const timeSchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:30')

/** When a rule may fire. `to` is on the next day, when it is not after `from`. */
export const activeHoursSchema = z.strictObject({
  timeZone: z.string().max(64).refine(isNamedZone, 'must be an IANA time zone such as Europe/Rome'),
  days: z.array(z.enum(weekdays)).min(1).max(7),
  from: timeSchema,
  to: timeSchema,
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
