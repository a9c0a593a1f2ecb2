import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-calendar',
  icon: 'font-awesome/fa-calendar',
  properties: { title: asks.title },
})
