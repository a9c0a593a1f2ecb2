import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-schedule',
  icon: 'font-awesome/fa-calendar',
  properties: { title: asks.title, device: asks.device },
})
