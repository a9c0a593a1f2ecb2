import { z } from 'zod'
import { eventMessage } from '../../events/event-message.ts'
import { bySubject } from '../../platform/kit/events/by-subject.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import type { DomainEvent } from '../../platform/kit/events/event.ts'
import { domain } from '../domain.ts'
import { payFor } from './pay-for.ts'

/** What bookings cost, from the wallets of their owners: each event to its end, so that it may come again. */
export default defineNode({
  type: 'payment',
  category: 'billing',
  icon: 'font-awesome/fa-credit-card',
  config: defineConfig(z.object({})),
  needs: { billing: domain },
  input: eventMessage,
  outputs: [
    { label: 'held', message: eventMessage },
    { label: 'too few credits', message: eventMessage },
    { label: 'charged', message: eventMessage },
    { label: 'refunded', message: eventMessage },
    { label: 'nothing to do', message: eventMessage },
  ],
  start({ needed: { billing } }) {
    return {
      async process(events) {
        const outcomes = {
          held: [] as DomainEvent[],
          failed: [] as DomainEvent[],
          charged: [] as DomainEvent[],
          refunded: [] as DomainEvent[],
          nothing: [] as DomainEvent[],
        }
        await bySubject(events, async (event) => {
          outcomes[await payFor(billing.payments, event)].push(event)
        })
        return Object.values(outcomes)
      },
    }
  },
})
