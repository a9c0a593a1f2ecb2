/** Weekly windows on the clock of a place: pure, with daylight saving by the zone's own rules. */
import { Temporal } from 'temporal-polyfill'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

export interface WeeklyWindow {
  /** On which it starts. */
  readonly days: readonly Weekday[]
  /** `HH:MM` on the clock of the zone. */
  readonly startTime: string
  /** On the next day, when it is not after the start. */
  readonly endTime: string
  /** IANA, such as `Europe/Rome`. */
  readonly timeZone: string
}

/** One time that a window is open, epoch milliseconds: from its start inclusive to its end exclusive. */
export interface Opening {
  readonly startMs: number
  readonly endMs: number
}

export interface Edge {
  readonly edge: 'start' | 'end'
  readonly atMs: number
}

/**
 * When the clocks there show this time on this day. A time that is left out when clocks go forward counts from the first
 * minute after the gap; of one that comes twice when they go back the first counts.
 */
export function instantOf(date: Temporal.PlainDate, time: string, timeZone: string): number {
  const wanted = date.toPlainDateTime(Temporal.PlainTime.from(time))
  const found = wanted.toZonedDateTime(timeZone, { disambiguation: 'earlier' })
  if (found.toPlainDateTime().equals(wanted)) return found.epochMilliseconds
  return found.getTimeZoneTransition('next')?.epochMilliseconds ?? found.epochMilliseconds
}

const dateAt = (ms: number, timeZone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate()

/** The times it is open that overlap the span, in order. One that a gap leaves without a minute is none. */
export function openingsBetween(
  { days, endTime, startTime, timeZone }: WeeklyWindow,
  fromMs: number,
  toMs: number,
): readonly Opening[] {
  const openings: Opening[] = []
  const last = dateAt(toMs, timeZone)
  // One that is open over midnight began the day before.
  let date = dateAt(fromMs, timeZone).subtract({ days: 1 })
  for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    const weekday = weekdays[date.dayOfWeek - 1]
    if (weekday === undefined || !days.includes(weekday)) continue
    const startMs = instantOf(date, startTime, timeZone)
    const endMs = instantOf(endTime > startTime ? date : date.add({ days: 1 }), endTime, timeZone)
    if (endMs > startMs && endMs > fromMs && startMs < toMs) openings.push({ startMs, endMs })
  }
  return openings
}

const weekMs = 7 * 24 * 3_600_000

/** The next starts and ends after an instant, in order. */
export function nextEdges(window: WeeklyWindow, afterMs: number, count: number): readonly Edge[] {
  const edges: Edge[] = []
  // A window that a gap swallows leaves a week without edges.
  for (let fromMs = afterMs; edges.length < count && fromMs < afterMs + 60 * weekMs; fromMs += weekMs) {
    for (const { endMs, startMs } of openingsBetween(window, fromMs, fromMs + weekMs)) {
      if (startMs > afterMs && startMs >= fromMs) edges.push({ edge: 'start', atMs: startMs })
      if (endMs > afterMs && endMs <= fromMs + weekMs) edges.push({ edge: 'end', atMs: endMs })
    }
  }
  return edges.sort((a, b) => a.atMs - b.atMs || (a.edge === 'end' ? -1 : 1)).slice(0, count)
}

/** Long enough for every change of the clocks, in both zones. */
const comparedMs = 54 * weekMs

/** Whether the two are ever open at once, within a year of an instant. */
export function overlap(one: WeeklyWindow, other: WeeklyWindow, fromMs: number): boolean {
  const all = [one, other]
    .flatMap((window) => openingsBetween(window, fromMs, fromMs + comparedMs))
    .sort((a, b) => a.startMs - b.startMs)
  return all.some(({ startMs }, index) => index > 0 && startMs < (all[index - 1]?.endMs ?? 0))
}
