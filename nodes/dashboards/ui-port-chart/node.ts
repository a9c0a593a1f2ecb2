import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-port-chart',
  icon: 'font-awesome/fa-line-chart',
  properties: {
    title: asks.title,
    /** Ids with commas; empty: the device chosen on the page. */
    devices: z.string().default(''),
    ports: asks.ports,
    range: z.enum(['live', 'day', 'week', 'month', 'year']).default('live'),
    arrangement: z.enum(['each', 'together']).default('each'),
    /** Whoever looks may choose another range. */
    choice: z.boolean().default(true),
  },
})
