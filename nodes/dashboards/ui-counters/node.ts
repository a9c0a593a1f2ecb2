import { asks, defineWidget } from '../define-widget.ts'

export default defineWidget({
  type: 'ui-counters',
  icon: 'font-awesome/fa-th-large',
  properties: { title: asks.title },
})
