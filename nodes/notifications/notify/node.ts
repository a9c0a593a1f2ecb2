import { defineNode } from '../../platform/kit/define-node.ts'
import { eventMessage } from '../../events/event-message.ts'
import { viewDelivery } from '../delivery.ts'
import { type DeliveryItem, deliveryMessage } from '../delivery-message.ts'
import { domain } from '../domain.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'notify',
  category: 'notifications',
  icon: 'font-awesome/fa-envelope-o',
  config,
  needs: { notifications: domain },
  input: eventMessage,
  outputs: [{ label: 'on their way', message: deliveryMessage }],
  start({ needed: { notifications } }) {
    return {
      async process(events) {
        const told = await Promise.all(
          events.map(async (event) => {
            const deliveries = await notifications.tell(event)
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
