import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-alerts',
  icon: 'font-awesome/fa-bell-o',
  properties: {
    title: asks.title,
    /** Of one device; empty: of all. */
    device: asks.device,
    /** The page that shows a device, as its path has it; empty: devices are no links. */
    page: z.string().default(''),
  },
})
