import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-command-log',
  icon: 'font-awesome/fa-history',
  properties: { title: asks.title, device: asks.device },
})
