/** The grid of a pod: pure, by the opening hours on the clock of its place, with daylight saving by the zone's own rules. */
import { Temporal } from 'temporal-polyfill'
import { instantOf, weekdays } from '../schedules/window.ts'
import type { Pod } from './pod.ts'

/** Epoch milliseconds, the end exclusive. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

type Grid = Pick<Pod, 'maxSlots' | 'minSlots' | 'openingHours' | 'slotMinutes' | 'timeZone'>

const dayMs = 86_400_000

/** The slots that begin on this day, in order; what is left before closing is none. @param date `YYYY-MM-DD` */
export function slotsOfDay(grid: Grid, date: string): readonly Span[] {
  const day = Temporal.PlainDate.from(date)
  const weekday = weekdays[day.dayOfWeek - 1]
  const slotMs = grid.slotMinutes * 60_000
  const slots: Span[] = []
  for (const [opens, closes] of (weekday === undefined ? undefined : grid.openingHours[weekday]) ?? []) {
    const opensMs = instantOf(day, opens, grid.timeZone)
    const closesMs =
      closes === '24:00'
        ? instantOf(day.add({ days: 1 }), '00:00', grid.timeZone)
        : instantOf(day, closes, grid.timeZone)
    for (let startMs = opensMs; startMs + slotMs <= closesMs; startMs += slotMs)
      slots.push({ startMs, endMs: startMs + slotMs })
  }
  return slots
}

/** The day that it is there at this instant. */
export const dateThere = ({ timeZone }: Pick<Pod, 'timeZone'>, ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate().toString()

export type StayFault = 'off-grid' | 'too-short' | 'too-long' | 'no-stay'

/** How many slots the stay has, one after the other without a gap; or why it is none. */
export function countSlots(grid: Grid, { endMs, startMs }: Span): number | StayFault {
  if (!(startMs < endMs)) return 'no-stay'
  const slotMs = grid.slotMinutes * 60_000
  if (endMs - startMs > grid.maxSlots * slotMs) return 'too-long'
  let count = 0
  let atMs = startMs
  // A stay may go on over midnight, where it is open then.
  for (let dayAtMs = startMs; dayAtMs <= endMs + dayMs; dayAtMs += dayMs) {
    for (const slot of slotsOfDay(grid, dateThere(grid, dayAtMs))) {
      if (atMs >= endMs) break
      if (slot.startMs !== atMs) continue
      atMs = slot.endMs
      count += 1
    }
  }
  if (atMs !== endMs) return 'off-grid'
  return count < grid.minSlots ? 'too-short' : count
}
