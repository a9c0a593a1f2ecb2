import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-deliveries',
  icon: 'font-awesome/fa-paper-plane-o',
  properties: { title: asks.title },
})
