import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-device-state',
  icon: 'font-awesome/fa-heartbeat',
  properties: { title: asks.title, device: asks.device },
})
