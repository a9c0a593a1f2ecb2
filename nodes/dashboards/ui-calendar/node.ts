import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-calendar',
  icon: 'font-awesome/fa-calendar',
  properties: {
    title: asks.title,
    /** The page that shows a pod, as its path has it; empty: pods are no links. */
    page: z.string().default(''),
  },
})
