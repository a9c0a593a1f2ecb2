import { z } from 'zod'
import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-command',
  icon: 'font-awesome/fa-sliders',
  properties: {
    title: asks.title,
    device: asks.device,
    /** Names with commas, such as `power, setFanSpeed`; empty: all that the class has. */
    commands: z.string().default(''),
  },
})
