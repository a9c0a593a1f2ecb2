import type { ScheduleView } from './views.ts'

export type Weekday = ScheduleView['days'][number]
export const weekdays = [
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
  'sat',
  'sun',
] as const satisfies readonly Weekday[]

/** A Monday, in UTC. */
const mondayMs = Date.UTC(2024, 0, 1)

export function dayName(day: Weekday, locale?: string): string {
  const atMs = mondayMs + weekdays.indexOf(day) * 86_400_000
  return new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(atMs)
}
