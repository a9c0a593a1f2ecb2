import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-fleet',
  icon: 'font-awesome/fa-list',
  properties: {
    title: asks.title,
    classKey: asks.classKey,
    tag: asks.tag,
    /** Where a device's name leads; empty: it is chosen on this page. */
    page: z.string().default('device'),
    rows: z.coerce.number().int().min(3).max(100).default(12),
  },
  choosesDevice: true,
})
