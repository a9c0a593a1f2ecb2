const dayMs = 86_400_000

export interface Slot {
  readonly start: string
  readonly end: string
  readonly isFree: boolean
}

/** The days that can be chosen, as `YYYY-MM-DD` on the clock of the zone, today first. */
export function daysFrom(nowMs: number, timeZone: string, count: number): readonly string[] {
  const today = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(nowMs)
  // Noon in UTC: whatever the zone does with its clock, a day later is the next date.
  const noonMs = Date.parse(`${today}T12:00:00Z`)
  return Array.from({ length: count }, (_, n) => new Date(noonMs + n * dayMs).toISOString().slice(0, 10))
}

/** The ends of stays that can begin with this slot: after `minSlots` to `maxSlots` free slots one after the other. */
export function endsFrom(
  slots: readonly Slot[],
  start: string,
  { maxSlots, minSlots }: { readonly minSlots: number; readonly maxSlots: number },
): readonly string[] {
  const first = slots.findIndex((slot) => slot.start === start)
  const ends: string[] = []
  for (const slot of first === -1 ? [] : slots.slice(first, first + maxSlots)) {
    if (!slot.isFree || slot.start !== (ends.at(-1) ?? start)) break
    ends.push(slot.end)
  }
  return ends.slice(minSlots - 1)
}

/** Free slots with which a stay can begin. */
export const startsOf = (
  slots: readonly Slot[],
  stay: { readonly minSlots: number; readonly maxSlots: number },
): readonly Slot[] => slots.filter(({ start }) => endsFrom(slots, start, stay).length > 0)

interface Stay {
  readonly podId: string
  readonly start: string
  readonly end: string
}

/** What a stay takes of a pod's time is free to whoever moves it, with what is kept clear around it; nothing without a stay. */
export function withOwn(
  slots: readonly Slot[],
  own: Stay | undefined,
  { bufferMinutes, id }: { readonly id: string; readonly bufferMinutes: number },
): readonly Slot[] {
  if (own?.podId !== id) return slots
  const bufferMs = bufferMinutes * 60_000
  const fromMs = Date.parse(own.start) - bufferMs
  const toMs = Date.parse(own.end) + bufferMs
  return slots.map((slot) =>
    Date.parse(slot.start) < toMs && Date.parse(slot.end) > fromMs ? { ...slot, isFree: true } : slot,
  )
}

/** The later ends that a stay can have, the soonest first. */
export function laterEnds(
  slots: readonly Slot[],
  stay: Stay,
  pod: {
    readonly id: string
    readonly bufferMinutes: number
    readonly slotMinutes: number
    readonly maxSlots: number
  },
): readonly string[] {
  const maxSlots = pod.maxSlots - slotsIn(pod, stay.start, stay.end)
  return maxSlots < 1 ? [] : endsFrom(withOwn(slots, stay, pod), stay.end, { minSlots: 1, maxSlots })
}

/** In credits; none while no end is chosen. */
export const priceOf = (
  pod: { readonly slotMinutes: number; readonly creditsPerSlot: number },
  start: string,
  end: string,
): number => (end === '' ? 0 : slotsIn(pod, start, end) * pod.creditsPerSlot)

const slotsIn = ({ slotMinutes }: { readonly slotMinutes: number }, start: string, end: string): number =>
  Math.round((Date.parse(end) - Date.parse(start)) / (slotMinutes * 60_000))
