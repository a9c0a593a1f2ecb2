import { domain as billingDomain } from '../billing/domain.ts'
import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { Blocks } from './blocks.ts'
import { bookingCollection } from './booking.ts'
import { Bookings } from './bookings.ts'
import { Pods } from './pods.ts'

/** How long a day stays in the calendar after it is over; bookings stay for good. */
const calendarKeptMs = 30 * 24 * 3_600_000

export interface Booking {
  readonly pods: Pods
  readonly bookings: Bookings
  readonly blocks: Blocks
}

export const domain = defineDomain({
  id: 'booking',
  needs: {
    ...kit('clock', 'jobs', 'relay', 'store'),
    billing: billingDomain,
    devices: devicesDomain,
    identity: identityDomain,
  },
  start({ billing, devices: { directory }, identity, ...needed }) {
    const pods = new Pods({ ...needed, directory })
    const bookings = new Bookings({ ...needed, pods, payments: billing.payments })
    const blocks = new Blocks({ ...needed, calendars: bookings.calendars, pods })
    return {
      service: { pods, bookings, blocks } satisfies Booking,
      jobs: [bookings.job],
      relays: [bookingCollection],
      figures: bookings.became.figures,
      duties: [
        {
          name: 'sweeping calendars of pods',
          nextMs: every(3_600_000),
          async run() {
            const before = needed.clock.nowMs() - calendarKeptMs
            for await (const orgId of identity.organizationIds())
              await bookings.calendars.sweep(orgId, before)
          },
        },
      ],
    }
  },
})
