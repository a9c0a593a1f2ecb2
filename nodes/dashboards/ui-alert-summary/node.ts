import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-alert-summary',
  icon: 'font-awesome/fa-bell',
  properties: {
    title: asks.title,
    /** The page with all alerts, as its path has it; empty: no link to it. */
    alertsPage: z.string().default(''),
    /** The page that shows a device, as its path has it; empty: devices are no links. */
    page: z.string().default(''),
  },
})
