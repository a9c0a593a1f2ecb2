import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-health',
  icon: 'font-awesome/fa-stethoscope',
  properties: { title: asks.title },
})
