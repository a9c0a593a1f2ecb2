import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-notification-preferences',
  icon: 'font-awesome/fa-sliders',
  properties: { title: asks.title },
})
