import { z } from 'zod'
import { eventMessage } from '../../events/event-message.ts'
import { type DeliveryItem, deliveryMessage } from '../../notifications/delivery-message.ts'
import { viewDelivery } from '../../notifications/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { domain } from '../domain.ts'

/** Sends the code to whoever has booked, and what else there is to know of a booking, in their language. */
export default defineNode({
  type: 'tell-guest',
  category: 'booking',
  icon: 'font-awesome/fa-envelope-o',
  config: defineConfig(z.object({})),
  needs: { access: domain },
  input: eventMessage,
  outputs: [{ label: 'on their way', message: deliveryMessage }],
  start({ needed: { access } }) {
    return {
      async process(events) {
        const told = await Promise.all(
          events.map(async (event) => {
            const deliveries = await access.guestNotices.tell(event)
            return deliveries.map((delivery): DeliveryItem =>
              Object.assign(viewDelivery(delivery), { orgId: event.orgId }),
            )
          }),
        )
        return [told.flat()]
      },
    }
  },
})
