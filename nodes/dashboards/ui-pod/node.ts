import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-pod',
  icon: 'font-awesome/fa-bed',
  properties: {
    title: asks.title,
    /** The page that shows a device, as its path has it; empty: no link to it. */
    page: z.string().default(''),
  },
})
