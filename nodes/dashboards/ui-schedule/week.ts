import type { ScheduleView } from '../../../dashboards/kit/views.ts'
import { dayName, type Weekday, weekdays } from '../../../dashboards/kit/weekdays.ts'

/** `Mon–Fri`, `Sat, Sun`: three or more in a row are said by the first and the last. */
export function daysText(days: readonly Weekday[], locale?: string): string {
  const runs: Weekday[][] = []
  for (const day of weekdays) {
    if (!days.includes(day)) continue
    const run = runs.at(-1)
    const before = run?.at(-1)
    if (run !== undefined && before !== undefined && weekdays.indexOf(before) + 1 === weekdays.indexOf(day))
      run.push(day)
    else runs.push([day])
  }
  return runs
    .flatMap((run) => {
      const names = run.map((day) => dayName(day, locale))
      return names.length < 3 ? names : [`${names[0] ?? ''}–${names.at(-1) ?? ''}`]
    })
    .join(', ')
}

export interface Draft {
  readonly days: readonly Weekday[]
  readonly startTime: string
  readonly endTime: string
  readonly timeZone: string
}

export const newDraft = (timeZone: string): Draft => ({
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  startTime: '08:00',
  endTime: '18:00',
  timeZone,
})

/** What the API wants for a schedule that is there, changed in these; what it does stays. */
export const changed = (
  { days, deviceId, end, endTime, isActive, start, startTime, timeZone }: ScheduleView,
  changes: Partial<Draft> & { readonly isActive?: boolean },
) => ({
  deviceId,
  startTime: changes.startTime ?? startTime,
  endTime: changes.endTime ?? endTime,
  timeZone: changes.timeZone ?? timeZone,
  isActive: changes.isActive ?? isActive,
  days: [...(changes.days ?? days)],
  start: [...start],
  end: [...end],
})
