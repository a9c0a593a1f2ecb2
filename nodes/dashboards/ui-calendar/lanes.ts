/** A day of pods, each a lane on its own clock; pure. */
import type { BookingView } from '../../../dashboards/kit/views.ts'
import { Zone } from '../../platform/kit/zone.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

export interface LanePod {
  readonly id: string
  readonly name: string
  readonly timeZone: string
  readonly slotMinutes: number
}
export interface LaneBooking {
  readonly id: string
  readonly podId: string
  readonly start: string
  readonly end: string
  readonly status: BookingView['status']
}

export interface Bar<B extends LaneBooking> {
  readonly booking: B
  /** Of the day, in percent; at least a sliver. */
  readonly left: number
  readonly width: number
}
export interface Lane<B extends LaneBooking> {
  readonly pod: LanePod
  readonly fromMs: number
  readonly toMs: number
  readonly bars: readonly Bar<B>[]
}

const leastWidth = 0.6
const isShown = ({ status }: LaneBooking): boolean => status !== 'CANCELLED'

/** When the date begins where the pod is, and when the next one does. */
export function dayOf(date: string, timeZone: string): { readonly fromMs: number; readonly toMs: number } {
  const zone = new Zone(timeZone)
  const utcMs = Date.parse(`${date}T00:00:00Z`)
  return { fromMs: zone.epochMs(utcMs, utcMs - 2 * dayMs), toMs: zone.epochMs(utcMs + dayMs, utcMs - dayMs) }
}

/** The days of all of them, so that nothing of any is missing. */
export function spanOf(
  date: string,
  pods: readonly LanePod[],
): { readonly from: string; readonly to: string } | undefined {
  if (pods.length === 0) return undefined
  const days = pods.map(({ timeZone }) => dayOf(date, timeZone))
  return {
    from: new Date(Math.min(...days.map(({ fromMs }) => fromMs))).toISOString(),
    to: new Date(Math.max(...days.map(({ toMs }) => toMs))).toISOString(),
  }
}

export function lanesOf<B extends LaneBooking>(
  date: string,
  pods: readonly LanePod[],
  bookings: readonly B[],
): readonly Lane<B>[] {
  return pods.map((pod) => {
    const { fromMs, toMs } = dayOf(date, pod.timeZone)
    const share = (ms: number): number => (100 * (ms - fromMs)) / (toMs - fromMs)
    const bars = bookings
      .filter((booking) => booking.podId === pod.id && isShown(booking))
      .map((booking) => {
        const left = Math.max(0, share(Date.parse(booking.start)))
        const right = Math.min(100, share(Date.parse(booking.end)))
        return { booking, left, width: Math.max(leastWidth, right - left), right }
      })
      .filter(({ left, right }) => right > 0 && left < 100)
      .map(({ booking, left, width }) => ({ booking, left, width }))
    return { pod, fromMs, toMs, bars }
  })
}

export interface Shift {
  /** Of slots, to later ones. */
  readonly slots: number
  /** Of lanes, downwards. */
  readonly lanes: number
}
export const noShift: Shift = { slots: 0, lanes: 0 }

/** What is asked for when a booking is shifted; undefined where that is out of the calendar, or nowhere else. */
export function wantedBy(
  booking: LaneBooking,
  { lanes, slots }: Shift,
  pods: readonly LanePod[],
): { readonly podId: string; readonly start: string; readonly end: string } | undefined {
  const at = pods.findIndex(({ id }) => id === booking.podId)
  const pod = pods[at + lanes]
  const from = pods[at]
  if (from === undefined || pod === undefined || (lanes === 0 && slots === 0)) return undefined
  const byMs = slots * from.slotMinutes * minuteMs
  const moved = (time: string): string => new Date(Date.parse(time) + byMs).toISOString()
  return { podId: pod.id, start: moved(booking.start), end: moved(booking.end) }
}

/** How far somebody has dragged a bar. @param share of the width of the lane, to the right */
export const draggedBy = ({ fromMs, pod, toMs }: Lane<LaneBooking>, share: number, lanes: number): Shift => ({
  slots: Math.round((share * (toMs - fromMs)) / (pod.slotMinutes * minuteMs)),
  lanes,
})
