/** Between instants and what `datetime-local` inputs have, on the clock of a pod. */
import { Zone } from '../../platform/kit/zone.ts'

const minuteLength = '2026-03-02T09:00'.length

/** Such as `2026-03-02T09:00`. */
export const localIn = (atMs: number, timeZone: string): string =>
  new Date(atMs + new Zone(timeZone).offsetMs(atMs)).toISOString().slice(0, minuteLength)

/** Of the hour that comes twice the first one. */
export function instantIn(local: string, timeZone: string): string {
  const utcMs = Date.parse(`${local}Z`)
  return new Date(new Zone(timeZone).epochMs(utcMs, Number.NEGATIVE_INFINITY)).toISOString()
}
