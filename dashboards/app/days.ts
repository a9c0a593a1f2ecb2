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
