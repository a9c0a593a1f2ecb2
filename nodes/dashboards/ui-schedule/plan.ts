import { type Weekday, weekdays } from '../../../dashboards/kit/weekdays.ts'
import type { Draft } from './week.ts'

/** Windows are drawn, moved and resized by so much. */
export const stepMinutes = 15
export const dayMinutes = 1440
const weekMinutes = 7 * dayMinutes

/** Of a day: 0 is midnight. */
export const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

export function timeOf(minute: number): string {
  const inDay = ((minute % dayMinutes) + dayMinutes) % dayMinutes
  return [Math.floor(inDay / 60), inDay % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

export const snapped = (minute: number): number => Math.round(minute / stepMinutes) * stepMinutes

const clamped = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)

/** Over midnight where it ends before it begins; a whole day where both are one. */
export function lengthOf({ endTime, startTime }: Pick<Draft, 'startTime' | 'endTime'>): number {
  const length = minuteOf(endTime) - minuteOf(startTime)
  return length > 0 ? length : length + dayMinutes
}

export interface PlannedWindow {
  /** Undefined for one that is being made. */
  readonly id: string | undefined
  readonly window: Draft
  readonly isActive: boolean
}

export interface Block {
  /** The day of the window that it belongs to: for what is over midnight the one before. */
  readonly of: Weekday
  /** 0 is Monday: where it stands. */
  readonly column: number
  readonly fromMinute: number
  readonly toMinute: number
  readonly isHead: boolean
  readonly isTail: boolean
}

/** A window as it stands in a week of seven columns: what goes over midnight goes on at the top of the next. */
export function blocksOf(window: Draft): readonly Block[] {
  const from = minuteOf(window.startTime)
  const to = from + lengthOf(window)
  return window.days.flatMap((of): readonly Block[] => {
    const column = weekdays.indexOf(of)
    const head = { of, column, fromMinute: from, toMinute: Math.min(to, dayMinutes), isHead: true }
    if (to <= dayMinutes) return [{ ...head, isTail: true }]
    const next = { column: (column + 1) % 7, fromMinute: 0, toMinute: to - dayMinutes }
    return [
      { ...head, isTail: false },
      { of, ...next, isHead: false, isTail: true },
    ]
  })
}

/** All its days begin then; it stays as long as it is, and begins on its day. */
export function startingAt(window: Draft, minute: number): Draft {
  const start = clamped(snapped(minute), 0, dayMinutes - stepMinutes)
  return { ...window, startTime: timeOf(start), endTime: timeOf(start + lengthOf(window)) }
}

/** The one day becomes another; one that the window has already swallows it. */
export const onDay = (window: Draft, from: Weekday, to: Weekday): Draft => ({
  ...window,
  days: weekdays.filter((day) => day === to || (day !== from && window.days.includes(day))),
})

/** It begins where it does, and is so long. */
export function lasting(window: Draft, minutes: number): Draft {
  const length = clamped(snapped(minutes), stepMinutes, dayMinutes)
  return { ...window, endTime: timeOf(minuteOf(window.startTime) + length) }
}

/** It ends where it does, and begins earlier or later on its day. */
export function beginningAt(window: Draft, minute: number): Draft {
  const end = minuteOf(window.startTime) + lengthOf(window)
  const earliest = Math.max(0, end - dayMinutes)
  const start = clamped(snapped(minute), earliest, Math.min(end, dayMinutes) - stepMinutes)
  return { ...window, startTime: timeOf(start) }
}

/** What somebody has drawn over a day, in either direction. */
export function drawn(day: Weekday, fromMinute: number, toMinute: number, timeZone: string): Draft {
  const [start, end] = fromMinute <= toMinute ? [fromMinute, toMinute] : [toMinute, fromMinute]
  const from = clamped(snapped(start), 0, dayMinutes - stepMinutes)
  const to = clamped(snapped(end), from + stepMinutes, dayMinutes)
  return { days: [day], startTime: timeOf(from), endTime: timeOf(to), timeZone }
}

/**
 * Whether two windows are open at once, by the clock of one zone. Of two zones nothing is said: that depends on the date, and
 * the platform looks.
 */
export function clash(one: Draft, other: Draft): boolean {
  if (one.timeZone !== other.timeZone) return false
  const starts = (window: Draft): readonly number[] =>
    window.days.map((day) => weekdays.indexOf(day) * dayMinutes + minuteOf(window.startTime))
  const [length, otherLength] = [lengthOf(one), lengthOf(other)]
  return starts(one).some((start) =>
    starts(other).some((otherStart) => {
      const after = (otherStart - start + weekMinutes) % weekMinutes
      return after < length || weekMinutes - after < otherLength
    }),
  )
}
