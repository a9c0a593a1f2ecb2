import type { Booking } from './booking.ts'
import type { Calendars } from './calendars.ts'
import { isAt } from './stays.ts'

type Stay = Pick<Booking, 'bufferMs' | 'endMs' | 'podId' | 'startMs'>

/** What bookings let go of in the calendars of their pods. Again is as once. */
export class BookingClaims {
  readonly #calendars: Pick<Calendars, 'release' | 'takenIn'>

  constructor(calendars: Pick<Calendars, 'release' | 'takenIn'>) {
    this.#calendars = calendars
  }

  /** The time that it has. */
  release(orgId: string, booking: Booking): Promise<void> {
    return this.#calendars.release(orgId, booking.podId, { ...booking, holder: booking.id })
  }

  /** A time, unless it is the booking's own. */
  async releaseStray(
    orgId: string,
    booking: Booking,
    { bufferMs, endMs, podId, startMs }: Stay,
  ): Promise<void> {
    if (isAt(booking, podId, { startMs, endMs })) return
    await this.#calendars.release(orgId, podId, { bufferMs, startMs, endMs, holder: booking.id })
  }

  /** All that it has at its pod around its own time, under other ends. */
  async releaseStrays(orgId: string, booking: Booking): Promise<void> {
    for (const each of await this.#calendars.takenIn(orgId, booking.podId, booking))
      if (each.holder === booking.id)
        await this.releaseStray(orgId, booking, { ...each, podId: booking.podId })
  }
}
