import { collide, type Taken } from './calendar.ts'
import type { Calendars } from './calendars.ts'
import type { Pod } from './pod.ts'
import { countSlots, slotsOfDay, type Span } from './slots.ts'

export interface Slot extends Span {
  readonly isFree: boolean
}

/** Of each slot that begins on the day whether it could be booked at this instant. */
export function freeSlots(pod: Pod, date: string, taken: readonly Taken[], nowMs: number): readonly Slot[] {
  return slotsOfDay(pod, date).map(({ endMs, startMs }) => ({
    startMs,
    endMs,
    isFree: endMs > nowMs && isFree(pod, { startMs, endMs }, taken),
  }))
}

export async function availabilityOf(
  calendars: Pick<Calendars, 'takenIn'>,
  orgId: string,
  pod: Pod,
  date: string,
  nowMs: number,
): Promise<readonly Slot[]> {
  const slots = slotsOfDay(pod, date)
  const [first, last] = [slots[0], slots.at(-1)]
  if (first === undefined || last === undefined) return []
  const taken = await calendars.takenIn(orgId, pod.id, { startMs: first.startMs, endMs: last.endMs })
  return freeSlots(pod, date, taken, nowMs)
}

/** Whether somebody could have the pod for all of the span: it is open, and nobody has it or is too near. */
export async function isFreeFor(
  calendars: Pick<Calendars, 'takenIn'>,
  orgId: string,
  pod: Pod,
  span: Span,
): Promise<boolean> {
  const anyLength = { ...pod, minSlots: 1, maxSlots: Number.MAX_SAFE_INTEGER }
  if (typeof countSlots(anyLength, span) !== 'number') return false
  return isFree(pod, span, await calendars.takenIn(orgId, pod.id, span))
}

const isFree = (pod: Pod, span: Span, taken: readonly Taken[]): boolean =>
  !taken.some((each) => collide(each, { ...span, bufferMs: pod.bufferMinutes * 60_000 }))
