import { z } from 'zod'
import { eventMessage } from '../../events/event-message.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { bySubject } from '../../platform/kit/events/by-subject.ts'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { domain } from '../domain.ts'
import { advance } from './advance.ts'

/** What payments, and its own events, make of a booking: each to its end, so that it may come again. */
export default defineNode({
  type: 'booking-fsm',
  category: 'booking',
  icon: 'font-awesome/fa-random',
  config: defineConfig(z.object({})),
  needs: { booking: domain },
  input: eventMessage,
  outputs: [
    { label: 'confirmed', message: eventMessage },
    { label: 'cancelled', message: eventMessage },
    { label: 'changed', message: eventMessage },
    { label: 'does not fit', message: eventMessage },
  ],
  start({ needed: { booking } }) {
    return {
      async process(events) {
        const outcomes = {
          confirmed: [] as DomainEvent[],
          cancelled: [] as DomainEvent[],
          changed: [] as DomainEvent[],
          unfit: [] as DomainEvent[],
        }
        await bySubject(events, async (event) => {
          const outcome = await advance(booking.bookings, event)
          if (outcome !== 'nothing') outcomes[outcome].push(event)
        })
        return Object.values(outcomes)
      },
    }
  },
})
