/**
 * Who has a pod when. One document for each pod and day holds all that is taken on it, so a compare-and-set decides who is
 * first, whatever the length of a slot is now and was when something was taken.
 */
import { z } from 'zod'
import type { CollectionSpec } from '../platform/store/port.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Span } from './slots.ts'

const takenSchema = z.strictObject({
  /** A booking or a block, by its id. */
  holder: z.string(),
  kind: z.enum(['booking', 'block']),
  startMs: z.number(),
  endMs: z.number(),
  /** What has to be free before and after it of other stays. */
  bufferMs: z.number(),
  /** Whoever holds it is written after it: until then it is known by its age whether that is still to come. */
  takenAtMs: z.number(),
  userId: z.string(),
})
export type Taken = z.output<typeof takenSchema>

export const calendarSchema = z.strictObject({
  /** Of pod and day. */
  id: z.string(),
  podId: z.string(),
  /** The beginning of the day in UTC, epoch milliseconds. */
  dayMs: z.number(),
  taken: z.array(takenSchema),
})
export type CalendarDay = z.output<typeof calendarSchema>

export const calendarCollection: CollectionSpec<CalendarDay> = {
  name: 'pod_calendars',
  audit: 'none',
  schema: calendarSchema,
  indexes: [['podId', 'dayMs'], ['dayMs']],
}

const dayLengthMs = 86_400_000

/** The days of UTC that it and the buffer after it are on: two that are too near one another share one. */
export function daysOf({ bufferMs, endMs, startMs }: Span & Pick<Taken, 'bufferMs'>): readonly number[] {
  const days: number[] = []
  for (let day = Math.floor(startMs / dayLengthMs); day * dayLengthMs < endMs + bufferMs; day += 1)
    days.push(day * dayLengthMs)
  return days
}

export const calendarId = (podId: string, dayMs: number): string =>
  `${podId}/${toIsoTime(dayMs).slice(0, 10)}`

/** Whether two cannot both be. Between a stay and a block nothing has to be cleaned. */
export function collide(one: Span & Pick<Taken, 'bufferMs'>, other: Span & Pick<Taken, 'bufferMs'>): boolean {
  const apartMs = Math.min(one.bufferMs, other.bufferMs)
  return one.startMs < other.endMs + apartMs && other.startMs < one.endMs + apartMs
}

export const isSame = (one: Pick<Taken, 'holder'> & Span, other: Pick<Taken, 'holder'> & Span): boolean =>
  one.holder === other.holder && one.startMs === other.startMs && one.endMs === other.endMs

/** What of others stands in the way. */
export const inTheWay = (
  { taken }: Pick<CalendarDay, 'taken'>,
  wanted: Pick<Taken, 'bufferMs' | 'holder'> & Span,
): Taken | undefined => taken.find((each) => each.holder !== wanted.holder && collide(each, wanted))

export const without = (day: CalendarDay, left: Pick<Taken, 'holder'> & Span): CalendarDay => ({
  ...day,
  taken: day.taken.filter((each) => !isSame(each, left)),
})

export const withTaken = (day: CalendarDay, wanted: Taken): CalendarDay => ({
  ...day,
  taken: [...day.taken.filter((each) => !isSame(each, wanted)), wanted].sort((a, b) => a.startMs - b.startMs),
})
