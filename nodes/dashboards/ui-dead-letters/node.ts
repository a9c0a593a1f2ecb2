import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-dead-letters',
  icon: 'font-awesome/fa-envelope-open-o',
  properties: {
    title: asks.title,
    /** Of one device; empty: of all. */
    device: asks.device,
    reason: z.string().default(''),
  },
})
