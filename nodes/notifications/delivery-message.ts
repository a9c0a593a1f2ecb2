import { z } from 'zod'
import { defineMessage } from '../platform/kit/message-type.ts'
import { deliveryView } from './delivery.ts'

/** A notice that is on its way. */
export const deliveryItemSchema = deliveryView.extend({ orgId: z.string() })
export type DeliveryItem = z.output<typeof deliveryItemSchema>
export const deliveryMessage = defineMessage<DeliveryItem>('delivery', deliveryItemSchema)
