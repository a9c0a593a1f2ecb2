import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-revenue',
  icon: 'font-awesome/fa-bar-chart',
  properties: { title: asks.title },
})
