/** What a booking takes of a pod's time: pure. */
import type { Booking } from './booking.ts'
import type { Taken } from './calendar.ts'
import type { Pod } from './pod.ts'
import { countSlots, type Span, type StayFault } from './slots.ts'

export interface WrongStay {
  readonly kind: 'wrong'
  readonly path: 'end' | 'start'
  readonly message: string
}

export const isAt = (
  one: Pick<Booking, 'endMs' | 'podId' | 'startMs'>,
  podId: string,
  { endMs, startMs }: Span,
): boolean => one.podId === podId && one.startMs === startMs && one.endMs === endMs

export const takenBy = (
  { bufferMs, endMs, id, startMs, userId }: Pick<Booking, 'bufferMs' | 'endMs' | 'id' | 'startMs' | 'userId'>,
  nowMs: number,
): Taken => ({ holder: id, kind: 'booking', startMs, endMs, bufferMs, takenAtMs: nowMs, userId })

/** How many slots of the pod it is, of which the first is not over yet. */
export function slotsOf(pod: Pod, span: Span, nowMs: number): number | WrongStay {
  const wrong = (path: 'end' | 'start', message: string) => ({ kind: 'wrong', path, message }) as const
  const slots = countSlots(pod, span)
  if (typeof slots !== 'number') return wrong(slots === 'off-grid' ? 'start' : 'end', faults[slots])
  if (span.startMs + pod.slotMinutes * 60_000 <= nowMs) return wrong('start', 'is over')
  return slots
}

const faults: Readonly<Record<StayFault, string>> = {
  'off-grid': 'the pod has no such slots, one after the other',
  'no-stay': 'is not after the start',
  'too-short': 'is fewer slots than the pod lets',
  'too-long': 'is more slots than the pod lets',
}
