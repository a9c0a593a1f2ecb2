import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-notifications',
  icon: 'font-awesome/fa-inbox',
  properties: {
    title: asks.title,
    /** Only what is unread, in a few lines. */
    isBrief: z.boolean().default(false),
    /** The page with all of them and with how one is told, as its path has it; empty: no link to it. */
    page: z.string().default(''),
  },
})
