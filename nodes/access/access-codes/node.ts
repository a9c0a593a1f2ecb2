import { z } from 'zod'
import { domain as bookingDomain } from '../../booking/domain.ts'
import { eventMessage } from '../../events/event-message.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { bySubject } from '../../platform/kit/events/by-subject.ts'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { domain } from '../domain.ts'
import { keepCode } from './keep-code.ts'

/** A code for each booking that is confirmed, for as long as it lives; and locks that judge codes by themselves know it. */
export default defineNode({
  type: 'access-codes',
  category: 'booking',
  icon: 'font-awesome/fa-ticket',
  config: defineConfig(z.object({})),
  needs: { access: domain, booking: bookingDomain },
  input: eventMessage,
  outputs: [
    { label: 'issued', message: eventMessage },
    { label: 'retired', message: eventMessage },
  ],
  start({ needed: { access, booking } }) {
    return {
      async process(events) {
        const issued: DomainEvent[] = []
        const retired: DomainEvent[] = []
        await bySubject(events, async (event) => {
          if (event.subject.kind === 'commands') return access.access.locks.note(event)
          const hasCode = await keepCode(access.access, booking.bookings, event)
          ;(hasCode ? issued : retired).push(event)
        })
        return [issued, retired]
      },
    }
  },
})
