import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-override',
  icon: 'font-awesome/fa-hand-paper-o',
  properties: { title: asks.title, device: asks.device },
})
